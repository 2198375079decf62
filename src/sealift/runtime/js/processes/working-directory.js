'use strict';

/**
 * A packaged working directory, for programs that call `process.chdir(__dirname)`.
 *
 * The operating system does not know it. So `Paths` makes relative paths start there, and a child
 * that is this executable learns it from an environment variable; other children start in the
 * directory that the operating system knows. Worker threads get it from workers.js.
 */

const path = require('node:path');
const { NOT_A_DIRECTORY, DIRECTORY, errorCode } = require('../table.js');
const { NOT_PACKAGED_FILE } = require('../messages.js');
const { systemError } = require('../fs/system-errors.js');
const { directoryOnDisk } = require('./process-object.js');

/**
 * This executable, the packaged directory, and the directory on the disk that a child starts in.
 * Only a process of the same executable in the same directory uses it, however it is started.
 */
const VARIABLE = 'SEALIFT_WORKING_DIRECTORY';

/** Name of the environment data of threads that holds the memory. */
const SHARED = 'sealift:working-directory';
let isShared = false;

/**
 * @typedef {import('../paths.js').Paths} Paths
 * @typedef {import('../snapshot.js').Snapshot} Snapshot
 */

/**
 * Return the directory that `process.chdir` changes to.
 *
 * @param {import('../table.js').Table} table
 * @param {Paths} paths
 * @param {string} location
 * @param {string} directory as the program has given it
 * @returns {string} absolute path, without links
 * @throws {import('../fs/system-errors.js').SystemError} as from Node: ENOENT, ENOTDIR
 */
function packagedDirectory(table, paths, location, directory) {
  const index = table.lookup(location, true);
  if (index >= 0 && table.kind(index) === DIRECTORY) {
    return paths.fromLocation(table.locationOf(index));
  }
  const code = errorCode(index < 0 ? index : NOT_A_DIRECTORY);
  const advice = code === 'ENOENT' ? NOT_PACKAGED_FILE : undefined;
  throw systemError(code, 'chdir', process.cwd(), directory, advice);
}

/**
 * @param {Snapshot} snapshot
 * @param {unknown} cwd of a child, as the program has given it
 * @returns {string | undefined} the packaged directory in which the child would start
 */
function packagedDirectoryOf(snapshot, cwd) {
  if (typeof cwd !== 'string' && !(cwd instanceof URL)) return snapshot.paths.workingDirectory;
  const index = snapshot.find(cwd);
  if (index < 0 || snapshot.table.kind(index) !== DIRECTORY) return undefined;
  return snapshot.pathOf(index);
}

/**
 * Decide in which directory a child starts.
 *
 * @param {Snapshot} snapshot
 * @param {string | URL | undefined} cwd as the program has given it
 * @param {NodeJS.ProcessEnv} env of the child, which is changed
 * @returns {string | URL | undefined} what Node's own function must receive; undefined: the
 *   directory that the operating system knows as that of this process
 */
function directoryOfChild(snapshot, cwd, env) {
  const packaged = packagedDirectoryOf(snapshot, cwd);
  if (packaged === undefined) return snapshot.paths.onDisk(cwd);
  env[VARIABLE] = [process.execPath, packaged, directoryOnDisk()].join(path.delimiter);
  return undefined;
}

/**
 * Start in the packaged directory that a parent process has chosen.
 *
 * @param {Snapshot} snapshot
 */
function inheritDirectory(snapshot) {
  const value = process.env[VARIABLE] ?? '';
  delete process.env[VARIABLE];
  const before = process.execPath + path.delimiter;
  const after = path.delimiter + directoryOnDisk();
  if (!value.startsWith(before) || !value.endsWith(after)) return;
  const packaged = value.slice(before.length, -after.length);
  if (snapshot.find(packaged) >= 0) snapshot.paths.workingDirectory = packaged;
}

/**
 * Have the working directory of all threads of this process, from before its first worker starts.
 *
 * @param {Snapshot} snapshot
 */
function shareDirectory({ paths }) {
  if (isShared) return;
  isShared = true;
  const { getEnvironmentData, setEnvironmentData } = require('node:worker_threads');
  const { SharedDirectory } = require('../shared-directory.js');
  // Threads inherit such data, each worker from the thread that started it.
  const memory = /** @type {SharedArrayBuffer | undefined} */ (
    /** @type {unknown} */ (getEnvironmentData(SHARED))
  );
  const shared = new SharedDirectory(memory);
  if (memory === undefined) {
    shared.directory = paths.workingDirectory;
    setEnvironmentData(SHARED, /** @type {any} */ (shared.memory));
  }
  paths.shareDirectory(shared);
}

module.exports = {
  packagedDirectory,
  packagedDirectoryOf,
  directoryOfChild,
  inheritDirectory,
  shareDirectory,
};

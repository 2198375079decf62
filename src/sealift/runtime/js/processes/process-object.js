'use strict';

/**
 * Adds `process.pkg` and `process.versions.pkg`, and replaces functions of `process` that take a
 * path: `dlopen`, `execve`, `loadEnvFile`; and `chdir` and `cwd`.
 */

const { replaceFunction } = require('../node-internals.js');
const { keepNodesEnd } = require('./natural-end.js');

/** @typedef {import('../snapshot.js').Snapshot} Snapshot */

/** Node's own function: the working directory that the operating system knows. */
const { cwd } = process;

/**
 * @param {Snapshot} snapshot
 * @returns {{setEntrypoint: (path: string) => void}} receives the path of the script that
 *   runs
 */
function install(snapshot) {
  const { paths, config, entry } = snapshot;
  const pkg = {
    entrypoint: entry,
    defaultEntrypoint: entry,
    path: {
      /** @param {string[]} segments relative to the entry's directory */
      resolve: (...segments) => paths.path.resolve(paths.path.dirname(pkg.entrypoint), ...segments),
    },
    /** @param {string | RegExp} interior @param {string} exterior */
    mount: (interior, exterior) => paths.mount(interior, exterior),
  };
  Object.defineProperty(process, 'pkg', {
    value: pkg,
    configurable: true,
    enumerable: true,
    writable: true,
  });
  Object.defineProperty(process.versions, 'pkg', { value: config.sealift, enumerable: true });
  const { dlopen } = process;
  process.dlopen = /** @type {typeof dlopen} */ (
    (module, filename, ...rest) => {
      keepNodesEnd(); // which calls the addon's functions for it
      const addon = snapshot.find(filename);
      /** @param {string} file */
      const plain = (file) => dlopen(module, file, .../** @type {[]} */ (rest));
      const { musl } = snapshot;
      /** @param {string} file */
      const open = (file) => (musl === undefined ? plain(file) : musl.withAdvice(file, plain));
      return addon < 0
        ? open(paths.onDisk(filename))
        : require('../addons/load.js').load(snapshot, addon, module, open);
    }
  );
  replaceFunction(process, 'cwd', () => () => paths.workingDirectory ?? cwd());
  replaceFunction(process, 'execve', (execve) => (...given) => {
    return require('./process-files.js').execve(snapshot, execve, given);
  });
  replaceFunction(process, 'loadEnvFile', (loadEnvFile) => (...given) => {
    const [path = '.env'] = given;
    const location = paths.toLocation(path);
    if (location === null) loadEnvFile(...(given.length === 0 ? [] : [paths.onDisk(path)]));
    else require('./process-files.js').loadEnvFile(snapshot, location, path);
  });
  return {
    setEntrypoint: (path) => {
      pkg.entrypoint = path;
    },
  };
}

/**
 * Replace `process.chdir`, which worker threads do not have: a packaged directory becomes the
 * working directory of JavaScript, and the operating system keeps its own.
 *
 * @param {Snapshot} snapshot
 */
function installChdir({ table, paths }) {
  replaceFunction(process, 'chdir', (chdir) => (/** @type {string} */ directory) => {
    const location = typeof directory === 'string' ? paths.toLocation(directory) : null;
    if (location === null) {
      chdir(paths.onDisk(directory));
      paths.workingDirectory = undefined;
    } else {
      const { packagedDirectory } = require('./working-directory.js');
      paths.workingDirectory = packagedDirectory(table, paths, location, directory);
    }
  });
}

module.exports = { install, installChdir, directoryOnDisk: cwd };

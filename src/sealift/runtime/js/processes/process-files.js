'use strict';

/** `process.loadEnvFile` and `process.execve` of packaged files. */

const { parseEnv } = require('node:util');
const { DIRECTORY, errorCode } = require('../table.js');
const { NOT_PACKAGED_FILE } = require('../messages.js');
const { systemError } = require('../fs/system-errors.js');
const { pathText } = require('../fs/arguments.js');

/** @typedef {import('../snapshot.js').Snapshot} Snapshot */

/**
 * Set the variables of a packaged file that the environment does not have yet.
 *
 * @param {Snapshot} snapshot
 * @param {string} location
 * @param {unknown} path as the program has given it
 */
function loadEnvFile({ table }, location, path) {
  const index = table.lookup(location, true);
  if (index < 0) throw missing(index, 'open', path);
  if (table.kind(index) === DIRECTORY) throw systemError('EISDIR', 'read');
  for (const [name, value] of Object.entries(parseEnv(table.text(index)))) {
    process.env[name] ??= value;
  }
}

/**
 * Replace this process by another program, which may be packaged.
 *
 * @param {Snapshot} snapshot
 * @param {(...args: any[]) => any} original Node's own function
 * @param {any[]} given file, arguments, environment; Node itself rejects wrong ones
 */
function execve(snapshot, original, given) {
  const [file, args = [], env] = given;
  const isUsual = typeof file === 'string' && Array.isArray(args) && args.every(isText);
  if (!isUsual || !snapshot.paths.path.isAbsolute(file)) return original(...given);
  const location = snapshot.paths.toLocation(file);
  if (location !== null) {
    const index = snapshot.table.lookup(location, true);
    // Most releases end the process where `execve` fails.
    if (index < 0) throw missing(index, 'execve', file);
    if (snapshot.table.kind(index) === DIRECTORY) throw systemError('EACCES', 'execve', file);
  }
  const { ChildProcesses } = require('./child-processes.js');
  return original(...new ChildProcesses(snapshot).executed(file, args, env));
}

/** @param {unknown} value @returns {value is string} */
function isText(value) {
  return typeof value === 'string';
}

/**
 * @param {number} failure result of the table
 * @param {string} syscall
 * @param {unknown} path
 */
function missing(failure, syscall, path) {
  const code = errorCode(failure);
  const advice = code === 'ENOENT' ? NOT_PACKAGED_FILE : undefined;
  return systemError(code, syscall, pathText(path), undefined, advice);
}

module.exports = { loadEnvFile, execve };

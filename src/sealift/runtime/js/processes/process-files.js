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
 * @param {number} failure result of the table
 * @param {string} syscall
 * @param {unknown} path
 */
function missing(failure, syscall, path) {
  const code = errorCode(failure);
  const advice = code === 'ENOENT' ? NOT_PACKAGED_FILE : undefined;
  return systemError(code, syscall, pathText(path), undefined, advice);
}

module.exports = { loadEnvFile, missing };

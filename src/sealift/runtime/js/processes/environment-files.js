'use strict';

/** The options `--env-file` and `--env-file-if-exists`. */

const { readFileSync } = process.getBuiltinModule('node:fs');
const { parseEnv } = require('node:util');
const { refuse } = require('./option-errors.js');

/**
 * Read the files that options name; of a variable that several files set, the last one counts. A
 * missing file ends the process, as in Node.
 *
 * @param {readonly import('./node-options.js').Option[]} options
 * @returns {NodeJS.Dict<string>} variables that the environment does not have yet
 */
function readEnvironmentFiles(options) {
  /** @type {NodeJS.Dict<string>} */
  const variables = {};
  for (const { name, value } of options) {
    if (name !== '--env-file' && name !== '--env-file-if-exists') continue;
    const text = textOf(String(value));
    if (text !== null) Object.assign(variables, parseEnv(text));
    else if (name === '--env-file') refuse(`${value}: not found`);
    else process.stderr.write(`${value} not found. Continuing without it.\n`);
  }
  for (const name of Object.keys(variables)) {
    if (process.env[name] !== undefined) delete variables[name];
  }
  return variables;
}

/** @param {string} file @returns {string | null} null if it cannot be read */
function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

module.exports = { readEnvironmentFiles };

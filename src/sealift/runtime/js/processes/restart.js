'use strict';

/**
 * Restarts a process that runs as `node`, if it has options that only Node itself can interpret,
 * and only when it starts: they must be in NODE_OPTIONS. A parent that is the same executable has
 * put them there already (child-processes.js), unless it has started a shell.
 */

const { spawnSync } = require('node:child_process');
const { constants } = require('node:os');
const { addNodeOptions } = require('./child-environment.js');
const { withoutWarnings } = require('../node-internals.js');
const { forEnvironment } = require('./node-options.js');

/**
 * Do nothing if there are no such options. Otherwise the process is replaced, or ends.
 *
 * @param {readonly import('./node-options.js').Option[]} options
 * @param {NodeJS.Dict<string>} variables to add to the environment, such as NODE_OPTIONS
 */
function restartFor(options, variables) {
  const added = forEnvironment(options);
  if (added !== '' || variables.NODE_OPTIONS !== undefined) restart(added, variables);
}

/**
 * @param {string} options for NODE_OPTIONS
 * @param {NodeJS.Dict<string>} variables to add to the environment
 * @returns {never}
 */
function restart(options, variables) {
  const env = { ...process.env, ...variables, PKG_EXECPATH: process.execPath };
  addNodeOptions(env, options);
  const args = process.argv.slice(2);
  const { execve } = /** @type {{execve?: (file: string, args: string[], env: object) => void}} */ (
    /** @type {unknown} */ (process)
  );
  if (execve !== undefined && process.platform !== 'win32') {
    withoutWarnings(() => execve(process.execPath, [process.argv0, ...args], env));
  }
  const { status, signal } = spawnSync(process.execPath, args, {
    env,
    stdio: 'inherit',
    argv0: process.argv0,
  });
  if (signal !== null) process.kill(process.pid, signal);
  process.exit(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
}

module.exports = { restart, restartFor };

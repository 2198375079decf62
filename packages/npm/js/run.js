'use strict';

/** Run sealift in a child process that has this process's streams. */

const { spawn } = require('node:child_process');

const { locate } = require('./locate.js');

/** The child has the same terminal and ends by itself; this process waits for it. */
const SIGNALS = /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * @typedef {object} Ended
 * @property {number | null} code
 * @property {NodeJS.Signals | null} signal
 */

/**
 * @param {string[]} args
 * @param {Record<string, string>} [env] more variables
 * @returns {Promise<Ended>}
 * @throws {import('./locate.js').NotFoundError}
 */
function run(args, env) {
  const program = locate();
  return new Promise((resolve, reject) => {
    const child = spawn(program.command, [...program.args, ...args], {
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    /** @param {NodeJS.Signals} signal */
    const pass = (signal) => child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, pass);
    const stop = () => {
      for (const signal of SIGNALS) process.off(signal, pass);
    };
    child.on('error', (error) => {
      stop();
      reject(error);
    });
    child.on('close', (code, signal) => {
      stop();
      resolve({ code, signal });
    });
  });
}

module.exports = { run };

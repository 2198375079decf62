'use strict';

/** The commands `sealift` and `pkg`. */

const { run } = require('./run.js');

/** Exit code of wrong usage, as sealift and pkg have it. */
const USAGE = 2;

/**
 * Run sealift, and end as it ends.
 *
 * @param {string[]} args
 * @returns {Promise<void>}
 */
async function main(args) {
  try {
    const { code, signal } = await run(args);
    if (signal !== null) process.kill(process.pid, signal);
    process.exitCode = code ?? 1;
  } catch (error) {
    process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
    process.exitCode = USAGE;
  }
}

module.exports = { main };

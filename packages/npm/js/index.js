'use strict';

/** The API of the npm package; it has the form of pkg's. */

const { argumentsOf, hooksOf } = require('./arguments.js');
const { serve } = require('./hook-server.js');
const { run } = require('./run.js');

/**
 * Build executables as `sealift pkg` does.
 *
 * @param {string[] | import('./index.js').PkgExecOptions} given the arguments of the command line,
 *   or an object
 * @returns {Promise<void>} rejected if the build fails; what failed is printed
 */
async function exec(given) {
  const args = Array.isArray(given) ? given : argumentsOf(given);
  const hooks = Array.isArray(given) ? {} : hooksOf(given);
  const server = Object.keys(hooks).length > 0 ? await serve(hooks) : undefined;
  let ended;
  try {
    ended = await run(['pkg', ...args], server?.env);
  } finally {
    server?.close();
  }
  const { code, signal } = ended;
  if (code === 0) return;
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  throw Object.assign(new Error(`sealift pkg ended ${how}`), { wasReported: true });
}

module.exports = { exec };

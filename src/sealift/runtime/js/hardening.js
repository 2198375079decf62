'use strict';

/**
 * What is different in an executable that was built with `--harden`. Its blob makes Node ignore
 * NODE_OPTIONS, and SIGUSR1 starts no inspector. docs/security.md lists what still acts.
 */

const { HARDENED } = require('./messages.js');
const { internals } = require('./node-internals.js');
const { parse } = require('./processes/node-options.js');

/** What Node and the runtime read only after this module has run. */
const VARIABLES = [
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_REPL_EXTERNAL_MODULE',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'SEALIFT_NODE_OPTIONS',
];

const RUN_CODE = new Set(['--eval', '--print', '--require', '--import', '--interactive']);

function removeVariables() {
  const { env } = process;
  const hadPath = env.NODE_PATH !== undefined;
  for (const name of VARIABLES) delete env[name];
  // Node has read it already.
  if (hadPath) internals._initPaths();
}

/**
 * End the process unless it was started to run a packaged script: a program starts its own scripts
 * so (`fork`), but so could a user start anything else. Options that run no code are removed.
 *
 * @param {import('./snapshot.js').Snapshot} snapshot
 */
function allowOnlyOwnScripts(snapshot) {
  const { given, options, rest } = parse(process.argv.slice(2));
  const code = options.filter(({ name }) => RUN_CODE.has(name));
  if (code.length === 1 && snapshot.musl?.isAnswer(code[0].value)) return;
  const script = rest.length === 0 ? '' : snapshot.fromWorkingDirectory(rest[0]);
  if (code.length === 0 && snapshot.paths.toLocation(script) !== null) {
    process.argv.splice(2, given.length);
    return;
  }
  require('node:fs').writeSync(2, HARDENED);
  process.exit(9);
}

module.exports = { removeVariables, allowOnlyOwnScripts };

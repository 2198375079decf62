'use strict';

/** Refuses Node's options as `node` refuses them: a line on standard error, and exit code 9. */

const { spawnSync } = require('node:child_process');
const { isInterpreted } = require('./node-options.js');
const { optionUnavailable } = require('../messages.js');

const INVALID_ARGUMENT = 9;

/** Options that only the main program of Node implements. */
const UNAVAILABLE = new Set([
  '--bench',
  '--build-sea',
  '--build-snapshot',
  '--build-snapshot-config',
  '--completion-bash',
  '--experimental-config-file',
  '--experimental-default-config-file',
  '--experimental-sea-config',
  '--expose-internals',
  '--prof-process',
  '--vfs-load',
  '--watch',
  '--watch-path',
]);

/** Options of V8 that programs often use, so that V8 need not be asked. */
const OF_V8 = new Set(['--expose-gc', '--stack-size', '--allow-natives-syntax']);

const INPUT_TYPES = ['module', 'commonjs', 'module-typescript', 'commonjs-typescript'];
const HAS_RUN = Number.parseInt(process.versions.node, 10) >= 22;

/**
 * @param {import('./node-options.js').CommandLine} commandLine
 * @returns {string | null} what is wrong
 */
function refusalOf({ options, incomplete }) {
  /** @type {Set<string> | undefined} */
  let ofV8;
  for (const { name, value, words } of options) {
    if (incomplete?.words === words) return `${incomplete.argument} requires an argument`;
    if (UNAVAILABLE.has(name)) return optionUnavailable(name);
    const known = process.allowedNodeEnvironmentFlags.has(name);
    if (isInterpreted(name) ? name !== '--run' || HAS_RUN : known) {
      if (name === '--input-type' && !INPUT_TYPES.includes(String(value))) return inputType();
      continue;
    }
    const plain = name.replaceAll('_', '-');
    if (OF_V8.has(plain)) continue;
    ofV8 ??= optionsOfV8();
    if (!ofV8.has(plain.replace(/^--no-?/, '--')) && !ofV8.has(plain)) {
      return `bad option: ${words[0] ?? name}`;
    }
  }
  const has = (/** @type {string} */ name) => options.some((option) => option.name === name);
  if (has('--check') && has('--eval')) return 'either --check or --eval can be used, not both';
  return null;
}

/** @returns {string} */
function inputType() {
  return process.features.typescript === undefined
    ? '--input-type must be "module" or "commonjs"'
    : '--input-type must be "module","commonjs", "module-typescript" or "commonjs-typescript"';
}

/** @returns {Set<string>} names of V8's options; V8 prints them and exits, so a child does it */
function optionsOfV8() {
  const env = { ...process.env, PKG_EXECPATH: process.execPath, NODE_OPTIONS: '' };
  const { stdout } = spawnSync(process.execPath, ['--v8-options'], { env, encoding: 'utf8' });
  return new Set(stdout.match(/(?<=^ +)--[\w-]+/gm)?.map((name) => name.replaceAll('_', '-')));
}

/**
 * End the process.
 *
 * @param {string} reason
 * @returns {never}
 */
function refuse(reason) {
  require('node:fs').writeSync(2, `${process.argv0}: ${reason}\n`);
  process.exit(INVALID_ARGUMENT);
}

module.exports = { refusalOf, refuse };

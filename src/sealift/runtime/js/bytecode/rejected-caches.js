'use strict';

/** Finds out why V8 rejects a code cache: it is for another V8, or the process has other flags. */

const { writeSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');
const { hasAsset } = require('../assets.js');
const { bytecodeDamaged, bytecodeRejected, cacheRejected } = require('../messages.js');
const { HOLDS_DETAILS } = require('./wrapper.js');
const { parse } = require('../processes/node-options.js');

/**
 * @typedef {import('../snapshot.js').BytecodeConfig} BytecodeConfig
 * @typedef {import('./code-caches.js').FlagState} FlagState
 */

/**
 * Flags that change the hash of the flags but not the bytecode, each with the flag that undoes it.
 * Users give them to packaged programs in NODE_OPTIONS or in a build.
 *
 * @type {Record<string, string>}
 */
const HARMLESS = {
  '--abort-on-uncaught-exception': '--no-abort-on-uncaught-exception',
  '--allow-natives-syntax': '--no-allow-natives-syntax',
  '--disallow-code-generation-from-strings': '--no-disallow-code-generation-from-strings',
  '--expose-gc': '--no-expose-gc',
  '--gc-interval': '--gc-interval=-1',
  '--heap-growing-percent': '--heap-growing-percent=0',
  '--initial-heap-size': '--initial-heap-size=0',
  '--initial-old-space-size': '--initial-old-space-size=0',
  '--interpreted-frames-native-stack': '--no-interpreted-frames-native-stack',
  '--max-heap-size': '--max-heap-size=0',
  '--max-lazy': '--no-max-lazy',
  '--max-old-space-size': '--max-old-space-size=0',
  '--max-semi-space-size': '--max-semi-space-size=0',
  '--min-semi-space-size': '--min-semi-space-size=0',
  '--no-flush-bytecode': '--flush-bytecode',
  '--no-sparkplug': '--sparkplug',
  '--optimize-for-size': '--no-optimize-for-size',
  '--semi-space-growth-factor': '--semi-space-growth-factor=2',
  '--stack-size': '--stack-size=984',
  '--stack-trace-limit': '--stack-trace-limit=10',
  '--trace-deopt': '--no-trace-deopt',
  '--trace-gc': '--no-trace-gc',
  '--trace-opt': '--no-trace-opt',
};

/** V8 11 crashes when it creates a cache of what it has compiled with this flag. */
const NATIVE_FRAMES = '--interpreted-frames-native-stack';

/**
 * @param {string[]} options with which Node was started
 * @returns {{magic: number, flagHash: number}} of the caches that this process creates
 */
function probe(options) {
  const isDeadly =
    HOLDS_DETAILS && options.some((word) => word.replaceAll('_', '-') === NATIVE_FRAMES);
  if (isDeadly) setFlagsFromString(HARMLESS[NATIVE_FRAMES]);
  const script = new Script('0');
  if (isDeadly) setFlagsFromString(NATIVE_FRAMES);
  const cache = script.createCachedData();
  return { magic: cache.readUInt32LE(0), flagHash: cache.readUInt32LE(12) };
}

/**
 * Decide whether the caches can be used with the flags that this process has now.
 *
 * @param {BytecodeConfig} config
 * @param {FlagState} before
 * @param {string[]} options with which Node was started
 * @returns {FlagState}
 */
function flagsNow(config, before, options) {
  const { magic, flagHash } = probe(options);
  if (magic !== config.magic) return { ...before, refused: true };
  const hash = flagHash === config.flagHash ? undefined : flagHash;
  // If a program sets flags while it runs (`v8.setFlagsFromString`), they apply to the code that is
  // already loaded too. Code that is loaded later is in the same state.
  const isGood = before.proven || hash === undefined || differHarmlessly(config, options);
  return isGood ? { hash, proven: true, refused: false } : { ...before, refused: true };
}

/**
 * @param {BytecodeConfig} config
 * @param {string[]} options
 * @returns {boolean} whether the flags are right apart from harmless ones
 */
function differHarmlessly(config, options) {
  const given = options.filter((word) => word.startsWith('-'));
  const set = parse(given).options.map(({ name, value }) => ({
    name: name.replaceAll('_', '-'),
    value,
  }));
  const harmless = set.filter(({ name }) => Object.hasOwn(HARMLESS, name));
  try {
    for (const { name } of harmless) setFlagsFromString(HARMLESS[name]);
    return probe([]).flagHash === config.flagHash;
  } finally {
    for (const { name, value } of harmless) {
      setFlagsFromString(value === undefined ? name : `${name}=${value}`);
    }
  }
}

/**
 * End the process: there is no source to run instead of the rejected bytecode.
 *
 * @param {BytecodeConfig} config
 * @param {string[]} options with which Node was started
 * @param {string} name of the file
 * @returns {never}
 */
function refuse(config, options, name) {
  writeSync(2, bytecodeRejected(name, ...versions(config, options)));
  process.exit(1);
}

/**
 * Say, in an executable that was built with `--debug` and if DEBUG_PKG is set, that source runs.
 *
 * @param {BytecodeConfig} config
 * @param {string[]} options with which Node was started
 * @param {string} name of the first file of which V8 has rejected the cache
 */
function announce(config, options, name) {
  if (!process.env.DEBUG_PKG || !hasAsset('sealift/debug')) return;
  writeSync(2, cacheRejected(name, ...versions(config, options)));
}

/**
 * @param {BytecodeConfig} config
 * @param {string[]} options with which Node was started
 * @returns {[compiled: string, running: string]} the V8 that made the caches, and this one
 */
function versions(config, options) {
  const { magic, flagHash } = probe(options);
  return [
    `V8 ${config.v8} (format ${hex(config.magic)}, flags ${hex(config.flagHash)})`,
    `V8 ${process.versions.v8} (format ${hex(magic)}, flags ${hex(flagHash)})`,
  ];
}

/**
 * End the process: the executable may be damaged in other places too.
 *
 * @param {string} name of the file
 * @returns {never}
 */
function damaged(name) {
  writeSync(2, bytecodeDamaged(name, process.execPath));
  process.exit(1);
}

/** @param {number} word @returns {string} */
function hex(word) {
  return word.toString(16).padStart(8, '0');
}

module.exports = { flagsNow, refuse, announce, damaged };

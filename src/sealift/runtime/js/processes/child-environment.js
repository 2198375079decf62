'use strict';

/**
 * What the environment of a child says about how this executable starts in it.
 *
 * PKG_EXECPATH makes the executable run as `node`. It is set only for a process that certainly is
 * this executable and means `node`; that process removes it, so nothing inherits it. Other children
 * (`make`, `xargs`, `git`, a shell) may start the program itself; they inherit a value with which
 * only packaged scripts run as by `node`. docs/decisions/children-as-node.md has the reasons.
 *
 * Node loads the scripts that NODE_OPTIONS requires before the runtime is installed, so it does not
 * find packaged ones. For a child that is this executable they are taken out of NODE_OPTIONS, and
 * the variable HANDED_OVER has the original text (preloads.js). Another `node` gets copies.
 */

const path = require('node:path');
const { parse, splitText, joinWords } = require('./node-options.js');
const { isPackagedPreload } = require('./preloads.js');
const { FILE } = require('../table.js');

/** @typedef {import('../snapshot.js').Snapshot} Snapshot */

/** As in pkg: a user sets PKG_EXECPATH to this to run the executable as plain Node. */
const INVOKE_NODE = 'PKG_INVOKE_NODEJS';

/** Before the path of the executable: it runs as `node` only if its script is packaged. */
const PACKAGED_SCRIPTS = 'packaged-scripts:';

const HANDED_OVER = 'SEALIFT_NODE_OPTIONS';

const PRELOADS = /(?:^|\s)"?(?:-r|--require|--import)/;

/**
 * @param {Snapshot} snapshot
 * @param {string} value of PKG_EXECPATH when this process started
 * @param {boolean} isHardened whether only the program itself may ask for it
 * @returns {boolean}
 */
function runsAsNode(snapshot, value, isHardened) {
  if (value === process.execPath) return true;
  if (value === INVOKE_NODE) return !isHardened;
  if (value !== PACKAGED_SCRIPTS + process.execPath) return false;
  const { options, rest } = parse(process.argv.slice(2));
  if (rest.length === 0 || !path.isAbsolute(rest[0])) return false;
  if (!options.every(({ name }) => process.allowedNodeEnvironmentFlags.has(name))) return false;
  const file = snapshot.find(rest[0]);
  return file >= 0 && snapshot.table.kind(file) === FILE;
}

/**
 * Make the environment of a child, in which the program may have set PKG_EXECPATH itself.
 *
 * @param {Snapshot} snapshot
 * @param {NodeJS.ProcessEnv | undefined | null} given the option `env`
 * @returns {NodeJS.ProcessEnv} a copy
 */
function environmentOf(snapshot, given) {
  return { ...(given ?? process.env) };
}

/**
 * Let packaged scripts in NODE_OPTIONS be loaded. A child that runs as `node` here gets them by
 * HANDED_OVER; any other may be, or start, another `node`: it gets a copy on the disk.
 *
 * @param {Snapshot} snapshot
 * @param {NodeJS.ProcessEnv} env of a child, as it starts; changed
 */
function providePreloads(snapshot, env) {
  const { NODE_OPTIONS = '' } = env;
  if (!PRELOADS.test(NODE_OPTIONS)) return;
  const { preloadOnDisk } = require('./preloads.js');
  const runsHere = env.PKG_EXECPATH === process.execPath;
  const { options, rest } = parse(splitText(NODE_OPTIONS));
  /** @type {string[]} */
  const wanted = [];
  /** @type {string[]} */
  const kept = [];
  /** @type {string[]} */
  const removed = [];
  for (const option of options) {
    const { name } = option;
    const isScript = name === '--require' || name === '--import';
    const found = isScript ? inNodePath(snapshot, env, String(option.value)) : undefined;
    const specifier = found ?? String(option.value);
    const isPackaged = isScript && isPackagedPreload(snapshot, specifier);
    const copy = isPackaged && !runsHere ? preloadOnDisk(snapshot, specifier) : null;
    const own = found === undefined ? option.words : [name, found];
    const given = copy === null ? own : [name, copy];
    wanted.push(...given);
    (isPackaged && copy === null ? removed : kept).push(...given);
  }
  env.NODE_OPTIONS = joinWords([...kept, ...rest]);
  if (removed.length === 0) return;
  const before = env[HANDED_OVER];
  if (before === undefined) env[HANDED_OVER] = joinWords([...wanted, ...rest]);
  else if (!before.includes(joinWords(removed))) {
    env[HANDED_OVER] = `${before} ${joinWords(removed)}`.trim();
  }
}

/**
 * @param {Snapshot} snapshot
 * @param {NodeJS.ProcessEnv} env
 * @param {string} specifier
 * @returns {string | undefined} the packaged file of that name in a directory of NODE_PATH: nyc
 *   uses it where a path would need quotes
 */
function inNodePath(snapshot, { NODE_PATH = '' }, specifier) {
  if (path.isAbsolute(specifier) || !/^[\w@]/.test(specifier)) return undefined;
  return NODE_PATH.split(path.delimiter)
    .filter((directory) => path.isAbsolute(directory))
    .map((directory) => path.join(directory, specifier))
    .find((file) => snapshot.find(file) >= 0);
}

/**
 * @param {Snapshot} snapshot
 * @param {string[]} pairs `NAME=value`, the environment of a child as it starts
 * @returns {string[]} the same after `providePreloads`
 */
function withPreloads(snapshot, pairs) {
  if (!pairs.some((pair) => pair.startsWith('NODE_OPTIONS=') && PRELOADS.test(pair.slice(13)))) {
    return pairs;
  }
  const env = Object.fromEntries(
    pairs.map((pair) => {
      const end = pair.indexOf('=', 1); // Windows has variables that begin with `=`
      return [pair.slice(0, end), pair.slice(end + 1)];
    }),
  );
  providePreloads(snapshot, env);
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

/** @param {NodeJS.ProcessEnv} env of a child that is this executable and means `node` */
function runAsNodeIn(env) {
  env.PKG_EXECPATH ??= process.execPath;
}

/**
 * @param {NodeJS.ProcessEnv} env of a child that is another program
 * @param {readonly string[]} words its command line; if they name this executable, as a program
 *   written for Node names `process.execPath`, they mean `node`
 */
function runScriptsIn(env, words) {
  const named = words.some((word) => word.includes(process.execPath));
  env.PKG_EXECPATH ??= named ? process.execPath : PACKAGED_SCRIPTS + process.execPath;
}

/**
 * Add options for the child's NODE_OPTIONS: the executable gives all its arguments to the program.
 *
 * @param {NodeJS.ProcessEnv} env changed
 * @param {string} options
 */
function addNodeOptions(env, options) {
  const before = env.NODE_OPTIONS ?? '';
  env[HANDED_OVER] ??= before;
  env.NODE_OPTIONS = before === '' ? options : `${before} ${options}`;
}

/**
 * Restore the environment that this process has been given by the functions above.
 *
 * @returns {import('./preloads.js').Preloads | undefined} scripts that NODE_OPTIONS names and that
 *   Node has not loaded; undefined: nothing was handed over
 */
function restoreEnvironment() {
  const original = process.env[HANDED_OVER];
  if (original === undefined) return undefined;
  const effective = preloadsIn(splitText(process.env.NODE_OPTIONS ?? ''));
  delete process.env[HANDED_OVER];
  if (original === '') delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = original;
  const wanted = preloadsIn(splitText(original));
  return {
    requires: wanted.requires.filter((specifier) => !effective.requires.includes(specifier)),
    imports: wanted.imports.filter((specifier) => !effective.imports.includes(specifier)),
  };
}

/**
 * @param {readonly string[]} words Node's options
 * @returns {import('./preloads.js').Preloads}
 */
function preloadsIn(words) {
  const { options } = parse(words);
  /** @param {string} name */
  const valuesOf = (name) =>
    options.filter((option) => option.name === name).map(({ value }) => String(value));
  return { requires: valuesOf('--require'), imports: valuesOf('--import') };
}

/**
 * @param {readonly string[]} words Node's options
 * @param {(specifier: string) => boolean} [isRemoved]
 * @returns {string[]} without `--require` and `--import` of those scripts
 */
function withoutPreloads(words, isRemoved = () => true) {
  const { options, rest } = parse(words);
  const kept = options.filter(
    ({ name, value }) =>
      !((name === '--require' || name === '--import') && isRemoved(String(value))),
  );
  return [...kept.flatMap((option) => option.words), ...rest];
}

module.exports = {
  runsAsNode,
  environmentOf,
  providePreloads,
  withPreloads,
  runAsNodeIn,
  runScriptsIn,
  addNodeOptions,
  restoreEnvironment,
  preloadsIn,
  withoutPreloads,
};

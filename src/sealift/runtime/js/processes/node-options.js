'use strict';

/**
 * Node's command line options, for programs that start themselves as `node`. In an executable Node
 * interprets none of them: every argument belongs to the program.
 */

/** Options whose value is the next argument, unless `=` joins it. */
const WITH_VALUE = new Set([
  '--allow-fs-read',
  '--allow-fs-write',
  '--bench-isolation',
  '--bench-name-pattern',
  '--bench-reporter',
  '--bench-reporter-destination',
  '--bench-samples',
  '--bench-warmup',
  '--build-sea',
  '--build-snapshot-config',
  '--conditions',
  '--cpu-prof-dir',
  '--cpu-prof-interval',
  '--cpu-prof-name',
  '--debug-port',
  '--diagnostic-dir',
  '--disable-proto',
  '--disable-warning',
  '--dns-result-order',
  '--env-file',
  '--env-file-if-exists',
  '--es-module-specifier-resolution',
  '--eval',
  '--experimental-config-file',
  '--experimental-default-type',
  '--experimental-loader',
  '--experimental-package-map',
  '--experimental-policy',
  '--experimental-sea-config',
  '--experimental-test-isolation',
  '--experimental-test-tag-filter',
  '--heap-prof-dir',
  '--heap-prof-interval',
  '--heap-prof-name',
  '--heapsnapshot-near-heap-limit',
  '--heapsnapshot-signal',
  '--icu-data-dir',
  '--import',
  '--input-type',
  '--inspect-port',
  '--inspect-publish-uid',
  '--loader',
  '--localstorage-file',
  '--max-http-header-size',
  '--max-old-space-size-percentage',
  '--network-family-autoselection-attempt-timeout',
  '--openssl-config',
  '--policy-integrity',
  '--redirect-warnings',
  '--report-dir',
  '--report-directory',
  '--report-filename',
  '--report-signal',
  '--require',
  '--run',
  '--secure-heap',
  '--secure-heap-min',
  '--security-revert',
  '--snapshot-blob',
  '--stack-trace-limit',
  '--test-concurrency',
  '--test-coverage-branches',
  '--test-coverage-exclude',
  '--test-coverage-functions',
  '--test-coverage-include',
  '--test-coverage-lines',
  '--test-global-setup',
  '--test-name-pattern',
  '--test-random-seed',
  '--test-reporter',
  '--test-reporter-destination',
  '--test-rerun-failures',
  '--test-shard',
  '--test-skip-pattern',
  '--test-timeout',
  '--title',
  '--tls-cipher-list',
  '--tls-keylog',
  '--trace-event-categories',
  '--trace-event-file-pattern',
  '--trace-require-module',
  '--unhandled-rejections',
  '--use-largepages',
  '--v8-pool-size',
  '--vfs-load',
  '--vfs-mount',
  '--watch-kill-signal',
  '--watch-path',
]);

/** @type {Map<string, string>} */
const LONG_NAMES = new Map([
  ['-C', '--conditions'],
  ['-c', '--check'],
  ['-e', '--eval'],
  ['-h', '--help'],
  ['-i', '--interactive'],
  ['-p', '--print'],
  ['-pe', '--eval'],
  ['-r', '--require'],
  ['-v', '--version'],
]);

/**
 * @typedef {{name: string, value: string | undefined, words: string[]}} Option with the arguments
 *   that it consists of
 *
 * @typedef {object} CommandLine
 * @property {string[]} given arguments that are options, unchanged (`process.execArgv`)
 * @property {Option[]} options the same options by their long names
 * @property {string[]} rest the script and its own arguments
 * @property {{argument: string, words: string[]} | undefined} incomplete the first option that lacks
 *   its value: its name for the message, and its arguments
 */

/**
 * Separate Node's options from the script and its arguments, like `node` does.
 *
 * @param {readonly string[]} args
 * @returns {CommandLine}
 */
function parse(args) {
  /** @type {Option[]} */
  const options = [];
  /** @type {CommandLine['incomplete']} */
  let incomplete;
  let next = 0;
  while (next < args.length && args[next].startsWith('-') && args[next] !== '-') {
    const argument = args[next];
    if (argument === '--') {
      return { given: args.slice(0, next), options, rest: args.slice(next + 1), incomplete };
    }
    const equals = argument.startsWith('--') ? argument.indexOf('=') : -1;
    const short = equals < 0 ? argument : argument.slice(0, equals);
    if (short === '-pe') options.push({ name: '--print', value: undefined, words: [] });
    const name = LONG_NAMES.get(short) ?? short;
    const takesNext =
      equals < 0 && (WITH_VALUE.has(name) || (name === '--print' && isValue(args[next + 1])));
    const words = args.slice(next, next + (takesNext ? 2 : 1));
    const value = takesNext ? words[1] : equals < 0 ? undefined : argument.slice(equals + 1);
    if (WITH_VALUE.has(name) && !(takesNext ? isValue(value) : value)) {
      incomplete ??= { argument: short === '-pe' ? name : argument, words };
    }
    // As in Node, a backslash allows a value that begins with a hyphen.
    options.push({ name, value: takesNext ? value?.replace(/^\\-/, '-') : value, words });
    next += words.length;
  }
  return { given: args.slice(0, next), options, rest: args.slice(next), incomplete };
}

/** @param {string | undefined} argument @returns {boolean} whether it can be an option's value */
function isValue(argument) {
  return argument !== undefined && !argument.startsWith('-');
}

/** Options that run-as-node.js interprets. */
const INTERPRETED = new Set([
  '--check',
  '--env-file',
  '--env-file-if-exists',
  '--eval',
  '--help',
  '--import',
  '--input-type',
  '--interactive',
  '--print',
  '--require',
  '--run',
  '--test',
  '--v8-options',
  '--version',
]);

/** Options that belong to `--test`; test-runner.js reads them. */
const OF_TESTS = /^--(?:experimental-)?test-/;

/** @param {string} name @returns {boolean} whether the runtime interprets the option */
function isInterpreted(name) {
  return INTERPRETED.has(name) || OF_TESTS.test(name);
}

/**
 * Return the options that only Node itself can interpret, as text for NODE_OPTIONS.
 *
 * @param {readonly Option[]} options
 * @returns {string}
 */
function forEnvironment(options) {
  return options
    .filter(({ name }) => !isInterpreted(name) && process.allowedNodeEnvironmentFlags.has(name))
    .map(textOf)
    .map(quoted)
    .join(' ');
}

/**
 * Split a text like NODE_OPTIONS as Node does: at spaces, except in double quotes.
 *
 * @param {string} text
 * @returns {string[]}
 */
function splitText(text) {
  const words = [];
  /** @type {string | undefined} */
  let word;
  let inQuotes = false;
  for (let at = 0; at < text.length; at += 1) {
    let character = text[at];
    if (character === '"') {
      inQuotes = !inQuotes;
      word ??= '';
    } else if (character === ' ' && !inQuotes) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      if (character === '\\' && inQuotes && at + 1 < text.length) character = text[(at += 1)];
      word = (word ?? '') + character;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** @param {readonly string[]} words @returns {string} text that `splitText` splits into them */
function joinWords(words) {
  return words.map(quoted).join(' ');
}

/** @param {string} text @returns {string} */
function quoted(text) {
  return /[\s"\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}

/** V8 crashes if these are set after it has parsed functions without compiling them. */
const AT_START_ONLY = new Set(['--max-lazy', '--max_lazy']);

/**
 * Return the options of V8, which a running process can still set.
 *
 * @param {readonly Option[]} options
 * @returns {string[]}
 */
function forV8(options) {
  return options
    .filter(({ name }) => !isInterpreted(name) && !AT_START_ONLY.has(name))
    .filter(({ name }) => !process.allowedNodeEnvironmentFlags.has(name))
    .map(textOf);
}

/** @param {Option} option @returns {string} as one argument */
function textOf({ name, value }) {
  return value === undefined ? name : `${name}=${value}`;
}

module.exports = { isInterpreted, parse, forEnvironment, forV8, splitText, joinWords };

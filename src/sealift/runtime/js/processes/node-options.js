'use strict';

/**
 * Node's command line options, for programs that start themselves as `node`. In an executable Node
 * interprets none of them: every argument belongs to the program.
 */

/** Options whose value is the next argument, unless `=` joins it. */
const WITH_VALUE = new Set([
  '-C',
  '-e',
  '-r',
  '--conditions',
  '--cpu-prof-dir',
  '--cpu-prof-interval',
  '--cpu-prof-name',
  '--diagnostic-dir',
  '--disable-proto',
  '--disable-warning',
  '--dns-result-order',
  '--env-file',
  '--env-file-if-exists',
  '--es-module-specifier-resolution',
  '--eval',
  '--experimental-loader',
  '--heap-prof-dir',
  '--heap-prof-interval',
  '--heap-prof-name',
  '--heapsnapshot-signal',
  '--icu-data-dir',
  '--import',
  '--input-type',
  '--inspect-port',
  '--loader',
  '--localstorage-file',
  '--max-http-header-size',
  '--openssl-config',
  '--redirect-warnings',
  '--report-dir',
  '--report-directory',
  '--report-filename',
  '--report-signal',
  '--require',
  '--run',
  '--secure-heap',
  '--secure-heap-min',
  '--title',
  '--tls-cipher-list',
  '--tls-keylog',
  '--trace-event-categories',
  '--trace-event-file-pattern',
  '--trace-require-module',
  '--unhandled-rejections',
  '--use-largepages',
  '--v8-pool-size',
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
  ['-r', '--require'],
  ['-v', '--version'],
]);

/**
 * @typedef {{name: string, value: string | undefined}} Option
 *
 * @typedef {object} CommandLine
 * @property {string[]} given arguments that are options, unchanged (`process.execArgv`)
 * @property {Option[]} options the same options by their long names
 * @property {string[]} rest the script and its own arguments
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
  let next = 0;
  while (next < args.length && args[next].startsWith('-') && args[next] !== '-') {
    const argument = args[next];
    next += 1;
    if (argument === '--') {
      return { given: args.slice(0, next - 1), options, rest: args.slice(next) };
    }
    if (argument === '-pe') {
      options.push({ name: '--print', value: undefined }, { name: '--eval', value: args[next] });
      next += 1;
      continue;
    }
    const equals = argument.startsWith('--') ? argument.indexOf('=') : -1;
    const short = equals < 0 ? argument : argument.slice(0, equals);
    const name = LONG_NAMES.get(short) ?? short;
    if (equals >= 0) {
      options.push({ name, value: argument.slice(equals + 1) });
    } else if (WITH_VALUE.has(short) || (name === '--print' && takesCode(args[next]))) {
      options.push({ name, value: args[next] });
      next += 1;
    } else {
      options.push({ name, value: undefined });
    }
  }
  return { given: args.slice(0, next), options, rest: args.slice(next) };
}

/** @param {string | undefined} argument @returns {boolean} whether `-p` can evaluate it */
function takesCode(argument) {
  return argument !== undefined && !argument.startsWith('-');
}

/** Options that run-as-node.js interprets. */
const INTERPRETED = new Set([
  '--check',
  '--eval',
  '--help',
  '--import',
  '--input-type',
  '--interactive',
  '--print',
  '--require',
  '--version',
]);

/**
 * Return the options that only Node itself can interpret, as text for NODE_OPTIONS.
 *
 * @param {readonly Option[]} options
 * @returns {string}
 */
function forEnvironment(options) {
  return options
    .filter(({ name }) => !INTERPRETED.has(name) && process.allowedNodeEnvironmentFlags.has(name))
    .map(({ name, value }) => quoted(value === undefined ? name : `${name}=${value}`))
    .join(' ');
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
    .filter(({ name }) => !INTERPRETED.has(name) && !AT_START_ONLY.has(name))
    .filter(({ name }) => !process.allowedNodeEnvironmentFlags.has(name))
    .map(({ name, value }) => (value === undefined ? name : `${name}=${value}`));
}

module.exports = { parse, forEnvironment, forV8 };

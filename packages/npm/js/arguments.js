'use strict';

/** Turn the options of `exec` into a command line of `sealift pkg`. */

/** Options with a value, and the options of the command line. @type {Record<string, string>} */
const VALUES = {
  config: 'config',
  output: 'output',
  outputPath: 'out-path',
  compress: 'compress',
};

/** Options that are lists. @type {Record<string, string>} */
const LISTS = {
  targets: 'targets',
  bakeOptions: 'options',
  publicPackages: 'public-packages',
  noDictionary: 'no-dict',
};

/** @type {Record<string, string>} */
const FLAGS = {
  build: 'build',
  sea: 'sea',
  debug: 'debug',
  bytecode: 'bytecode',
  nativeBuild: 'native-build',
  fallbackToSource: 'fallback-to-source',
  public: 'public',
  signature: 'signature',
};

/** What the caller of `exec` may pass besides: `hook-server.js` takes it. */
const HOOKS = ['preBuild', 'postBuild', 'transform'];

/**
 * @param {unknown} options of `exec`
 * @returns {string[]} the arguments of `sealift pkg`
 * @throws {TypeError} an option is unknown, or of another type
 */
function argumentsOf(options) {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('exec() options must be an object');
  }
  const { input, ...others } = /** @type {Record<string, unknown>} */ (options);
  if (typeof input !== 'string' || input === '') {
    throw new TypeError('exec() options.input is required and must be a string');
  }
  const found = [];
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined && !HOOKS.includes(name)) found.push(argumentOf(name, value));
  }
  return [...found, '--', input];
}

/** @param {string} name @param {unknown} value @returns {string} */
function argumentOf(name, value) {
  if (Object.hasOwn(FLAGS, name)) {
    if (typeof value !== 'boolean') {
      throw new TypeError(`exec() option "${name}" must be a boolean`);
    }
    return value ? `--${FLAGS[name]}` : `--no-${FLAGS[name]}`;
  }
  if (Object.hasOwn(VALUES, name)) {
    if (typeof value !== 'string') {
      throw new TypeError(`exec() option "${name}" must be a string`);
    }
    return `--${VALUES[name]}=${value}`;
  }
  if (Object.hasOwn(LISTS, name)) {
    const texts = Array.isArray(value) ? value : [value];
    if (!texts.every((text) => typeof text === 'string')) {
      throw new TypeError(`exec() option "${name}" must be a string or string[]`);
    }
    return `--${LISTS[name]}=${texts.join(',')}`;
  }
  throw new TypeError(`exec() has no option "${name}"`);
}

/**
 * @param {any} options of `exec`
 * @returns {import('./hook-server.js').Hooks} the hooks among them
 * @throws {TypeError} one is of another type
 */
function hooksOf(options) {
  /** @type {Record<string, unknown>} */
  const hooks = {};
  for (const name of HOOKS) {
    const hook = options[name];
    if (hook === undefined) continue;
    if (name === 'transform' && typeof hook !== 'function') {
      throw new TypeError('exec() option "transform" must be a function');
    }
    if (typeof hook !== 'function' && typeof hook !== 'string') {
      throw new TypeError(`exec() option "${name}" must be a shell command (string) or a function`);
    }
    if (typeof hook === 'string' && hook.trim() === '') {
      throw new TypeError(`exec() option "${name}" must not be an empty string`);
    }
    hooks[name] = hook;
  }
  return hooks;
}

module.exports = { argumentsOf, hooksOf };

'use strict';

/**
 * What replaces `module.registerHooks` on Node 20. That release is at its end of life, so its
 * internals no longer change.
 *
 * - `require`: a handler in `Module._extensions`, because Node's own reads the format of a `.js`
 *   file from package.json files on the disk.
 * - `import`: hooks in a thread of their own (node20-hooks.js). The thread takes as long to start
 *   as Node itself, so it starts when the first file that imports is about to run.
 */

const fs = require('node:fs');
const { pathToFileURL } = require('node:url');
const { bindingOf, internals: Module } = require('../node-internals.js');

/**
 * @typedef {import('./hooks.js').ModuleHooks} ModuleHooks
 * @typedef {import('../snapshot.js').Snapshot} Snapshot
 */

const HAS_FORMATS = 'require_module' in process.features;
/** Also matches a comment between the word and the bracket. */
const IMPORT_CALL = /\bimport\s*(?:\(|\/[*/])/;
/** With these options, Node imports even the main script. */
const IMPORTS_MAIN = /^--(?:import|loader|experimental-loader)(?:=|$)/;

/** Starts the thread of hooks; does nothing before `install` and after the first call. */
let startHooks = () => {};

/**
 * @param {ModuleHooks} hooks
 * @param {Snapshot} snapshot
 * @param {string} loaderSource text of the function that creates the loader
 */
function install(hooks, snapshot, loaderSource) {
  handleScripts(hooks, snapshot);
  const { register } = Module;
  startHooks = () => {
    startHooks = () => {};
    const { port1, port2 } = new MessageChannel();
    snapshot.paths.onMount((mount) => port1.postMessage(mount));
    const code = `const runtime = ${loaderSource}(process.getBuiltinModule);
      const hooks = runtime("modules/node20-hooks.js");
      export const initialize = hooks.initialize;
      export const resolve = hooks.resolve;
      export const load = hooks.load;`;
    const options = { data: { mounts: port2 }, transferList: [port2] };
    readForLexer(hooks, snapshot, () => register(dataUrl(code), options));
  };
  const words = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)];
  if (words.some((word) => IMPORTS_MAIN.test(word))) startHooks();
}

/** @param {string} code @returns {string} URL of a module that consists of the code */
function dataUrl(code) {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/** @param {ModuleHooks} hooks @param {Snapshot} snapshot */
function handleScripts(hooks, snapshot) {
  const original = Module._extensions['.js'];
  const context = { conditions: ['require'], format: undefined, importAttributes: {} };
  const nothing = /** @type {any} */ (() => null);
  const { load } = hooks.hooks;
  // This form of assignment and this variable give the function Node's name in stack traces.
  Module._extensions['.js'] = (/** @type {any} */ module, /** @type {string} */ filename) => {
    if (snapshot.find(filename) < 0) {
      willRun(textOnDisk(filename), filename.endsWith('.mjs'));
      return original(module, filename);
    }
    const { format, source } = load(pathToFileURL(filename).href, context, nothing);
    willRun(/** @type {string} */ (source), format === 'module');
    // Before 20.19 the third argument was whether to load an ES module, which was impossible.
    return module._compile(source, filename, ...(HAS_FORMATS ? [format] : []));
  };
}

/** @param {string} filename @returns {string} '' if it cannot be read: Node reports that itself */
function textOnDisk(filename) {
  try {
    return fs.readFileSync(filename, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Called before any code runs.
 *
 * @param {string} code
 * @param {boolean} isModule
 */
function willRun(code, isModule) {
  if (isModule || IMPORT_CALL.test(code)) startHooks();
}

/** Called before an `import()` that is not visible in code. */
function willImport() {
  startHooks();
}

/**
 * Let Node's lexer read packaged files. To find the names that an imported CommonJS module
 * re-exports, Node reads files with a function that it takes from `fs` when it first imports. If it
 * has taken it already, only the native function that it calls can be replaced.
 *
 * @template T
 * @param {ModuleHooks} hooks
 * @param {Snapshot} snapshot
 * @param {() => T} action in which Node imports for the first time, unless it has already
 * @returns {T}
 */
function readForLexer(hooks, snapshot, action) {
  const binding = bindingOf('fs');
  const { readFileSync } = fs;
  /** @param {(...given: any[]) => any} original @returns {(...given: any[]) => any} */
  const reading =
    (original) =>
    (...given) => {
      const file = typeof given[0] === 'string' ? snapshot.find(given[0]) : -1;
      return file < 0 ? original(...given) : hooks.textForLexer(file);
    };
  if (binding !== undefined) binding.readFileUtf8 = reading(binding.readFileUtf8);
  fs.readFileSync = /** @type {any} */ (reading(readFileSync));
  try {
    return action();
  } finally {
    fs.readFileSync = readFileSync;
  }
}

/** Runs in the thread of hooks. */
const SOURCE_HOOKS = `let given;
  export const initialize = (data) => { given = data; };
  export const resolve = async (specifier, context, next) =>
    specifier === given.url ? { url: given.url, shortCircuit: true } : next(specifier, context);
  export const load = async (url, context, next) =>
    url === given.url ? { format: 'module', source: given.source, shortCircuit: true } : next(url, context);`;

/**
 * Make a URL load an ES module of the given source.
 *
 * @param {string} url
 * @param {string} source
 */
function provideSource(url, source) {
  startHooks();
  Module.register(dataUrl(SOURCE_HOOKS), { data: { url, source } });
}

module.exports = { install, willRun, willImport, provideSource };

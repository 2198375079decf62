'use strict';

/**
 * What Node 20 has instead of `module.registerHooks`. It is at its end of life, so its internals stay what
 * they are.
 *
 * - `require`: a handler in `Module._extensions`, as Node's own asks package.json files on the disk for
 *   the format of a `.js` file.
 * - `import`: hooks in a thread of their own (modules/node20-hooks.js). To start it takes as long as to start
 *   Node, so that waits for the first file that imports.
 */

const fs = require('node:fs');
const Module = /** @type {any} */ (require('node:module'));
const { pathToFileURL } = require('node:url');
const { bindingOf } = require('../node-internals.js');

/**
 * @typedef {import('./hooks.js').ModuleLoader} ModuleLoader
 * @typedef {import('../snapshot.js').Snapshot} Snapshot
 */

const HAS_FORMATS = 'require_module' in process.features;
/** Also where a comment stands before the bracket. */
const IMPORT_CALL = /\bimport\s*(?:\(|\/[*/])/;
/** With these options, Node imports whatever it is to run. */
const IMPORTS_MAIN = /^--(?:import|loader|experimental-loader)(?:=|$)/;

/** Where this thread's hooks are started; nothing is to do before `install`, or once they are. */
let startHooks = () => {};

/**
 * @param {ModuleLoader} loader
 * @param {Snapshot} snapshot
 * @param {string} loaderSource text of the function that makes the loader
 */
function install(loader, snapshot, loaderSource) {
  loader.patchAll();
  handleScripts(loader, snapshot);
  const { register } = Module;
  startHooks = () => {
    startHooks = () => {};
    const { port1, port2 } = new MessageChannel();
    snapshot.paths.tellMounts((mount) => port1.postMessage(mount));
    const code = `const runtime = ${loaderSource}(process.getBuiltinModule);
      const hooks = runtime("modules/node20-hooks.js");
      export const initialize = hooks.initialize;
      export const resolve = hooks.resolve;
      export const load = hooks.load;`;
    const options = { data: { mounts: port2 }, transferList: [port2] };
    readingForLexer(loader, snapshot, () => register(inData(code), options));
  };
  const given = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)];
  if (given.some((word) => IMPORTS_MAIN.test(word))) startHooks();
}

/** @param {string} code @returns {string} URL of a module that is that code */
function inData(code) {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/** @param {ModuleLoader} loader @param {Snapshot} snapshot */
function handleScripts(loader, snapshot) {
  const original = Module._extensions['.js'];
  const context = { conditions: ['require'], format: undefined, importAttributes: {} };
  const nothing = /** @type {any} */ (() => null);
  const { load } = loader.hooks;
  // Written like this, it has the name in stack traces that Node's has.
  Module._extensions['.js'] = (/** @type {any} */ module, /** @type {string} */ filename) => {
    if (snapshot.find(filename) < 0) {
      willRun(textOnDisk(filename), filename.endsWith('.mjs'));
      return original(module, filename);
    }
    const { format, source } = load(pathToFileURL(filename).href, context, nothing);
    willRun(/** @type {string} */ (source), format === 'module');
    // Before 20.19 it took a truth value, whether to load an ES module; there are none then.
    return module._compile(source, filename, ...(HAS_FORMATS ? [format] : []));
  };
}

/** @param {string} filename @returns {string} nothing, if it cannot be read, as Node will say */
function textOnDisk(filename) {
  try {
    return fs.readFileSync(filename, 'utf8');
  } catch {
    return '';
  }
}

/**
 * To be told of all code before it runs.
 *
 * @param {string} code
 * @param {boolean} isModule
 */
function willRun(code, isModule) {
  if (isModule || IMPORT_CALL.test(code)) startHooks();
}

/** To be told of an `import` that cannot be seen in code. */
function willImport() {
  startHooks();
}

/**
 * Node looks for the names that an imported CommonJS module re-exports in the files themselves, by a
 * function that it takes from `fs` when it first imports; what that calls can be changed, if it has it already.
 *
 * @template T
 * @param {ModuleLoader} loader
 * @param {Snapshot} snapshot
 * @param {() => T} importing in which Node imports for the first time, if it has not yet
 * @returns {T}
 */
function readingForLexer(loader, snapshot, importing) {
  const binding = bindingOf('fs');
  const { readFileSync } = fs;
  /** @param {(...given: any[]) => any} original @returns {(...given: any[]) => any} */
  const reading =
    (original) =>
    (...given) => {
      const file = typeof given[0] === 'string' ? snapshot.find(given[0]) : -1;
      return file < 0 ? original(...given) : loader.textForNames(file);
    };
  if (binding !== undefined) binding.readFileUtf8 = reading(binding.readFileUtf8);
  fs.readFileSync = /** @type {any} */ (reading(readFileSync));
  try {
    return importing();
  } finally {
    fs.readFileSync = readFileSync;
  }
}

/** Runs in the thread of hooks. */
const GIVING_SOURCE = `let given;
  export const initialize = (data) => { given = data; };
  export const resolve = async (specifier, context, next) =>
    specifier === given.url ? { url: given.url, shortCircuit: true } : next(specifier, context);
  export const load = async (url, context, next) =>
    url === given.url ? { format: 'module', source: given.source, shortCircuit: true } : next(url, context);`;

/**
 * Make an address import as an ES module of that source.
 *
 * @param {string} url
 * @param {string} source
 */
function giveSource(url, source) {
  startHooks();
  Module.register(inData(GIVING_SOURCE), { data: { url, source } });
}

module.exports = { install, willRun, willImport, giveSource };

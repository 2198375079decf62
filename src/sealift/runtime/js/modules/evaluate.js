'use strict';

/**
 * Runs source text that is not in a file: `-e`, `-p`, standard input, `new Worker(code, {eval:
 * true})`.
 */

const Module = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { hasModuleSyntax } = require('./formats.js');

/**
 * @typedef {object} Evaluation
 * @property {string} code
 * @property {string} name shown instead of a file name in stack traces: `[eval]`, `[stdin]`, ...
 * @property {boolean} [isModule] undefined: the syntax decides
 * @property {boolean} [print] whether to print the value
 */

/** @param {Evaluation} evaluation */
function evaluate({ code, name, isModule = hasModuleSyntax(code), print = false }) {
  if (Module.registerHooks === undefined) require('./node20.js').willRun(code, isModule);
  if (isModule) evaluateModule(code);
  else evaluateScript(code, name, print);
}

/**
 * Run a script in the global scope. Node's own way is not available: a `vm.Script` with `import()`
 * emits an experimental warning. Code in an indirect `eval` is global too, and its `import()` is
 * that of the module around it.
 *
 * @param {string} code
 * @param {string} name
 * @param {boolean} print
 */
function evaluateScript(code, name, print) {
  const module = moduleAt(name);
  const require = Module.createRequire(module.filename);
  const globals = { module, exports: module.exports, require, __filename: name, __dirname: '.' };
  for (const [key, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, key, { value, configurable: true, writable: true });
  }
  module._compile('module.exports = (code) => (0, eval)(code);', module.filename);
  const run = module.exports;
  module.exports = globals.exports;
  const result = run(`${code}\n//# sourceURL=${name}`);
  if (print) console.log(result);
}

/**
 * @param {string} specifier
 * @param {string} [directory] in which relative specifiers and packages are searched
 * @returns {Promise<unknown>} the namespace
 */
function importFrom(specifier, directory = process.cwd()) {
  if (Module.registerHooks === undefined) require('./node20.js').willImport();
  const module = moduleAt('[import]', directory);
  module._compile('module.exports = (specifier) => import(specifier);', module.filename);
  return module.exports(specifier);
}

/** Define Node's own modules as global names, as in `node -e`. */
function defineBuiltins() {
  const require = Module.createRequire(path.join(process.cwd(), '[eval]'));
  for (const name of Module.builtinModules) {
    if (name[0] === '_' || /[/:]/.test(name) || Object.hasOwn(globalThis, name)) continue;
    /** @param {unknown} value */
    const set = (value) =>
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    Object.defineProperty(globalThis, name, {
      get: () => {
        const value = require(name);
        set(value);
        return value;
      },
      set,
      configurable: true,
    });
  }
}

/**
 * @param {string} name
 * @param {string} [directory]
 * @returns {any} a module that seems to be a file in the directory
 */
function moduleAt(name, directory = process.cwd()) {
  const module = new Module(name);
  module.filename = path.join(directory, name);
  module.paths = Module.createRequire(module.filename).resolve.paths('x') ?? [];
  return module;
}

/**
 * Run an ES module. Its URL is in the working directory, where its relative specifiers start.
 *
 * @param {string} code
 */
function evaluateModule(code) {
  const filename = path.join(process.cwd(), '[eval1]');
  const escaped = pathToFileURL(filename).href;
  const url = `${pathToFileURL(process.cwd()).href}/[eval1]`;
  if (Module.registerHooks === undefined) {
    require('./node20.js').provideSource(url, code);
    importFrom(url);
    return;
  }
  Module.registerHooks({
    resolve: (specifier, context, next) =>
      specifier === escaped || specifier === filename
        ? { url, format: 'module', shortCircuit: true }
        : next(specifier, context),
    load: (address, context, next) =>
      address === url
        ? { format: 'module', source: code, shortCircuit: true }
        : next(address, context),
  });
  Module.runMain(filename);
}

module.exports = { evaluate, importFrom, defineBuiltins };

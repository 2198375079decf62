'use strict';

/**
 * Runs source text that is in no file: `-e`, `-p`, standard input, `new Worker(code, {eval: true})`.
 */

const Module = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');
const { hasModuleSyntax } = require('./formats.js');

/**
 * @typedef {object} Evaluation
 * @property {string} code
 * @property {string} name what stands for the file's name in stack traces: `[eval]`, `[stdin]`, ...
 * @property {boolean} [isModule] undefined: its syntax decides
 * @property {boolean} [print] whether to print the value
 */

/** @param {Evaluation} evaluation */
function evaluate({ code, name, isModule = hasModuleSyntax(code), print = false }) {
  if (isModule) evaluateModule(code);
  else evaluateScript(code, name, print);
}

/**
 * @param {string} code
 * @param {string} name
 * @param {boolean} print
 */
function evaluateScript(code, name, print) {
  const module = new Module(name);
  const filename = path.join(process.cwd(), name);
  module.filename = filename;
  module.paths = Module.createRequire(filename).resolve.paths('x') ?? [];
  const globals = { module, exports: module.exports, require: requireOf(module), __filename: name, __dirname: '.' };
  for (const [key, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, key, { value, configurable: true, enumerable: false, writable: true });
  }
  const script = new vm.Script(code, {
    filename: name,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const result = script.runInThisContext({ displayErrors: true });
  if (print) console.log(result);
}

/**
 * @param {Module} module
 * @returns {NodeJS.Require} the `require` of a module that is in no file
 */
function requireOf(module) {
  const require = Module.createRequire(/** @type {string} */ (module.filename));
  return require;
}

/**
 * An ES module has an address of its own, so relative specifiers start at the working directory.
 *
 * @param {string} code
 */
function evaluateModule(code) {
  const filename = path.join(process.cwd(), '[eval1]');
  const url = pathToFileURL(filename).href;
  Module.registerHooks({
    resolve: (specifier, context, next) =>
      specifier === url || specifier === filename
        ? { url, format: 'module', shortCircuit: true }
        : next(specifier, context),
    load: (address, context, next) =>
      address === url
        ? { format: 'module', source: code, shortCircuit: true }
        : next(address, context),
  });
  Module.runMain(filename);
}

module.exports = { evaluate };

'use strict';

/**
 * The parts of Node that the runtime uses although Node does not document them.
 *
 * Everything private that any module of the runtime touches is declared here. The page
 * docs/what-the-runtime-replaces.md says for each part on which releases it is used, what breaks
 * without it and which test guards it; `tests/runtime/test_node_internals.py` compares both lists
 * with what the runtime does.
 */

const Module = require('node:module');

/**
 * @typedef {{filename?: string | null, paths?: string[]}} Parent
 * @typedef {{paths?: string[], conditions?: Iterable<string>}} ResolveOptions
 *
 * Static members of `Module`.
 *
 * @typedef {object} ModuleInternals
 * @property {Record<string, any>} _cache loaded CommonJS modules by path (`require.cache`)
 * @property {Record<string, any>} _extensions handlers by extension (`require.extensions`)
 * @property {(request: string, paths: string[], isMain: boolean) => string | false} _findPath
 *   searches directories on the disk
 * @property {() => void} _initPaths reads NODE_PATH
 * @property {(this: any, path: string, parent: undefined, isMain: boolean) => any} _load loads a
 *   CommonJS module
 * @property {(directory: string) => string[]} _nodeModulePaths lists the `node_modules` directories
 *   of a directory and of those above it
 * @property {(request: string, parent?: Parent | null, isMain?: boolean, options?: ResolveOptions)
 *   => string} _resolveFilename resolves a specifier of `require`
 * @property {(request: string, parent?: Parent | null) => string[] | null} _resolveLookupPaths
 *   lists the directories in which a specifier is searched
 * @property {(script: string) => string} wrap puts the text of a CommonJS module in a function
 *
 * An instance of `Module`.
 *
 * @typedef {object} CommonJsModule
 * @property {string} id
 * @property {string} filename
 * @property {any} exports
 * @property {boolean} loaded
 * @property {any[]} children
 * @property {string} path of its directory
 * @property {string[]} paths
 * @property {(filename: string) => void} load calls the handler of the extension
 * @property {(this: any, request: string) => any} require
 * @property {Compile} _compile runs source text as the module
 *
 * @typedef {(this: any, content: string, filename: string, format?: string, ...rest: unknown[]) =>
 *   any} Compile
 */

/** `Module` with its private static members. */
const internals = /** @type {ModuleInternals & typeof Module} */ (/** @type {unknown} */ (Module));

/** `Module.prototype`, whose `_compile` runs every CommonJS module. */
const modulePrototype = /** @type {CommonJsModule} */ (/** @type {unknown} */ (Module.prototype));

/** Node's own `_compile`, taken before the runtime or the program replaces it. */
const { _compile: compileSource } = modulePrototype;

/**
 * @param {string} path
 * @param {CommonJsModule} [parent] whose child it is
 * @returns {CommonJsModule} a new module, which is not in the cache
 */
function newModule(path, parent) {
  return /** @type {CommonJsModule} */ (
    /** @type {unknown} */ (new Module(path, /** @type {any} */ (parent)))
  );
}

/**
 * Return the native part of one of Node's modules by `process.binding`, which is deprecated.
 *
 * @param {string} name
 * @returns {any} undefined if this process forbids it (`--permission`)
 */
function bindingOf(name) {
  try {
    return withoutWarnings(() => /** @type {any} */ (process).binding(name));
  } catch {
    return undefined;
  }
}

/**
 * Return Node's native object (`ModuleWrap`) of a `vm.Module`. It is the value of a symbol.
 *
 * @param {import('node:vm').Module} module
 * @returns {any}
 */
function nativeModuleOf(module) {
  for (const symbol of Object.getOwnPropertySymbols(module)) {
    const value = /** @type {any} */ (module)[symbol];
    if (typeof value?.getModuleRequests === 'function' || typeof value?.setExport === 'function') {
      return value;
    }
  }
  throw new Error('vm.Module has an unknown form');
}

/**
 * Set the source text that Node shows as `process._eval`, or remove it.
 *
 * @param {string | undefined} code
 */
function setEvalSource(code) {
  if (code === undefined) delete (/** @type {{_eval?: string}} */ (process)._eval);
  else {
    Object.defineProperty(process, '_eval', { value: code, configurable: true, enumerable: true });
  }
}

/** @returns {boolean} whether the process has begun to end */
function isExiting() {
  return /** @type {{_exiting?: boolean}} */ (process)._exiting === true;
}

/**
 * Run an action whose warnings (deprecated or experimental API) do not concern the user.
 *
 * @template T
 * @param {() => T} action
 * @returns {T}
 */
function withoutWarnings(action) {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return action();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/**
 * Replace a function of Node, unless this release lacks it.
 *
 * @param {any} owner
 * @param {string} name
 * @param {(original: (...args: any[]) => any) => (...args: any[]) => any} replaced makes the
 *   replacement, which gets the original's name and length
 */
function replaceFunction(owner, name, replaced) {
  const original = owner[name];
  if (original === undefined) return;
  const replacement = replaced(original);
  Object.defineProperty(replacement, 'name', { value: original.name });
  Object.defineProperty(replacement, 'length', { value: original.length });
  owner[name] = replacement;
}

module.exports = {
  internals,
  modulePrototype,
  compileSource,
  newModule,
  bindingOf,
  isExiting,
  nativeModuleOf,
  replaceFunction,
  setEvalSource,
  withoutWarnings,
};

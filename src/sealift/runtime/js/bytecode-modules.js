'use strict';

/**
 * The packaged ES modules, and what they import, where some of them are bytecode: one instance of each,
 * linked and evaluated as Node's own loader does it, but out of `vm.SourceTextModule`, which takes code caches.
 *
 * Linking is synchronous, so that `require` can load ES modules. What is on the disk is left to Node's own loader:
 * its values are those it had when it was loaded.
 */

const Module = require('node:module');
const { fileURLToPath } = require('node:url');
const vm = require('node:vm');
const { Kind } = require('./bytecode-wrapper.js');
const { namesIn, commonjs, json, builtin, elsewhere } = require('./bytecode-synthetic.js');
const { nodeError } = require('./errors.js');
const { formatOf, hasModuleSyntax, checkType, unknownExtension } = require('./formats.js');

/**
 * @typedef {import('./bytecode-loading.js').Finder} Finder
 * @typedef {Record<string, string | undefined>} Attributes
 *
 * @typedef {object} Context
 * @property {import('./snapshot.js').Snapshot} snapshot
 * @property {import('./bytecode.js').Bytecode} bytecode
 * @property {Finder} finder
 * @property {(url: string) => boolean} isMain
 * @property {(specifier: string, parentURL: string, attributes: Attributes) => Promise<any>} importElsewhere
 *
 * @typedef {{specifier: string, attributes: Attributes}} ModuleRequest
 *
 * What the newer releases have, and the older ones do not.
 * @typedef {vm.SourceTextModule & {
 *   linkRequests?: (modules: vm.Module[]) => void,
 *   instantiate?: () => void,
 *   hasAsyncGraph?: () => boolean,
 *   moduleRequests: ModuleRequest[],
 * }} TextModule
 */

/** `import.meta.main` came with 22.18 and 24.2. */
const [MAJOR, MINOR] = process.versions.node.split('.').map(Number);
const HAS_MAIN = MAJOR > 24 || (MAJOR === 24 && MINOR >= 2) || (MAJOR === 22 && MINOR >= 18);

const FACADE = "export * from 'original'; export { default } from 'original'; export const __esModule = true;";

class ModuleGraph {
  #context;
  /** @type {Map<string, vm.Module>} by URL, and type if it has one */ #modules = new Map();
  /** @type {WeakMap<vm.Module, vm.Module>} */ #facades = new WeakMap();

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    withoutWarnings(() => new vm.SyntheticModule([], () => {}));
  }

  /**
   * `import()` in a packaged module.
   *
   * @param {string} specifier
   * @param {string} parentURL
   * @param {Attributes} attributes
   * @returns {Promise<any>} a module or a namespace, as `vm` wants it
   */
  async import(specifier, parentURL, attributes) {
    const url = this.#locate(specifier, parentURL);
    if (url === null) return this.#context.importElsewhere(specifier, parentURL, attributes);
    // Nothing is evaluated before the code that imports has gone on, nor within its stack.
    await undefined;
    const module = this.#linked(url, attributes);
    await module.evaluate();
    return module;
  }

  /**
   * @param {string} url of a packaged module
   * @returns {{names: string[], isAsync: boolean}} its exports, and whether it can only be evaluated
   *   asynchronously
   */
  outline(url) {
    const module = this.#linked(url);
    return { names: /** @type {string[]} */ (Reflect.ownKeys(module.namespace).filter(isText)), isAsync: isAsync(module) };
  }

  /**
   * Evaluate without the caller's frame in the stack traces of errors, be it as an `async` one.
   *
   * @param {string} url of a packaged module
   * @returns {Promise<{namespace: any}>}
   */
  evaluate(url) {
    const module = this.#linked(url);
    return new Promise((resolve, reject) => {
      const done = () => resolve({ namespace: module.namespace });
      queueMicrotask(() => module.evaluate().then(done, reject));
    });
  }

  /** @param {string} url of a packaged module without top-level await @returns {{namespace: any}} */
  evaluateNow(url) {
    const { namespace } = runNow(this.#linked(url));
    return { namespace };
  }

  /**
   * @param {string} url of a packaged module
   * @returns {any} what `require` of it gives
   */
  require(url) {
    const module = this.#linked(url);
    const path = fileURLToPath(url);
    if (module.status === 'evaluating') {
      const message = `Cannot require() ES Module ${path} in a cycle.`;
      throw nodeError(Error, 'ERR_REQUIRE_CYCLE_MODULE', message);
    }
    if (isAsync(module)) {
      throw nodeError(
        Error,
        'ERR_REQUIRE_ASYNC_MODULE',
        'require() cannot be used on an ESM graph with top-level await. Use import() instead. To see where the ' +
          'top-level await comes from, use --experimental-print-required-tla.\n  Requiring ' + path,
      );
    }
    const { namespace } = /** @type {{namespace: any}} */ (runNow(module));
    if (Object.hasOwn(namespace, 'module.exports')) return namespace['module.exports'];
    if (!Object.hasOwn(namespace, 'default') || Object.hasOwn(namespace, '__esModule')) return namespace;
    let facade = this.#facades.get(module);
    if (facade === undefined) {
      // As Node does it: what was compiled from ES modules takes `default` for the default export.
      const made = /** @type {TextModule} */ (new vm.SourceTextModule(FACADE));
      connect(made, made.moduleRequests.map(() => module));
      instantiate(made);
      facade = runNow(made);
      this.#facades.set(module, facade);
    }
    return facade.namespace;
  }

  /**
   * @param {string} specifier
   * @param {string} parentURL
   * @returns {string | null} URL of what belongs to the graph
   */
  #locate(specifier, parentURL) {
    if (Module.isBuiltin(specifier)) return specifier.startsWith('node:') ? specifier : `node:${specifier}`;
    const url = this.#context.finder.resolveImport(specifier, parentURL);
    if (url === null) return null;
    const format = this.#formatOf(this.#context.finder.indexOf(url));
    return format === 'wasm' || format === 'addon' ? null : url;
  }

  /**
   * A module, and with it all that it imports.
   *
   * @param {string} url
   * @param {Attributes} [attributes]
   * @returns {vm.Module}
   */
  #linked(url, attributes) {
    /** @type {Map<string, vm.Module>} */
    const made = new Map();
    try {
      const root = this.#module(url, attributes, made);
      for (const module of made.values()) {
        if (module instanceof vm.SourceTextModule) this.#link(/** @type {TextModule} */ (module), made);
      }
      if (made.size !== 0) instantiate(root);
      return root;
    } catch (error) {
      for (const key of made.keys()) this.#modules.delete(key);
      throw error;
    }
  }

  /** @param {TextModule} module @param {Map<string, vm.Module>} made */
  #link(module, made) {
    const parentURL = module.identifier;
    const dependencies = module.moduleRequests.map(({ specifier, attributes }) => {
      const url = this.#locate(specifier, parentURL);
      return url === null
        ? this.#outside(specifier, parentURL, made)
        : this.#module(url, attributes, made);
    });
    connect(module, dependencies);
  }

  /**
   * @param {string} url
   * @param {Attributes | undefined} attributes
   * @param {Map<string, vm.Module>} made
   * @returns {vm.Module}
   */
  #module(url, attributes, made) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (name !== 'type' || value !== 'json') throw unsupported(name, value, url);
    }
    const type = attributes?.type;
    const key = type === undefined ? url : `${url} ${type}`;
    let module = this.#modules.get(key);
    if (module === undefined) {
      module = url.startsWith('node:') ? builtin(url) : this.#create(url, type);
      this.#modules.set(key, module);
      made.set(key, module);
    }
    return module;
  }

  /**
   * @param {string} url of a packaged file
   * @param {string | undefined} type
   * @returns {vm.Module}
   */
  #create(url, type) {
    const { snapshot, bytecode, finder } = this.#context;
    const file = finder.indexOf(url);
    const entry = bytecode.find(file);
    const format = this.#formatOf(file);
    checkType(url, format, type);
    const path = fileURLToPath(url);
    if (format === 'json') return json(url, path, snapshot.table.text(file));
    if (format === 'commonjs' || format === 'commonjs-typescript') {
      return commonjs(url, path, this.#namesOf(path, new Set()));
    }
    const callbacks = {
      initializeImportMeta: (/** @type {any} */ meta) => this.#describe(meta, url),
      importModuleDynamically: /** @type {any} */ (
        (/** @type {string} */ specifier, /** @type {unknown} */ _, /** @type {Attributes} */ attributes) =>
          this.import(specifier, url, attributes)
      ),
    };
    if (entry >= 0) return bytecode.module(entry, url, callbacks);
    if (format === 'unknown') throw unknownExtension(path);
    const source = snapshot.table.text(file);
    const text = format === 'module-typescript' ? Module.stripTypeScriptTypes(source) : source;
    return new vm.SourceTextModule(text.replace(/^\ufeff/, ''), { ...callbacks, identifier: url });
  }

  /** @param {number} file @returns {string} */
  #formatOf(file) {
    const { snapshot, bytecode } = this.#context;
    const entry = bytecode.find(file);
    if (entry >= 0) return bytecode.kind(entry) === Kind.MODULE ? 'module' : 'commonjs';
    const format = formatOf(snapshot, file);
    if (format !== 'ambiguous') return format;
    return hasModuleSyntax(snapshot.table.text(file)) ? 'module' : 'commonjs';
  }

  /**
   * The names that Node would find in a CommonJS module's source.
   *
   * @param {string} path
   * @param {Set<string>} seen
   * @returns {Set<string>}
   */
  #namesOf(path, seen) {
    const { snapshot, bytecode } = this.#context;
    /** @type {Set<string>} */
    const names = new Set();
    if (seen.has(path)) return names;
    seen.add(path);
    const file = snapshot.find(path);
    const entry = bytecode.find(file);
    if (file < 0) return names;
    const { exports, reexports } = entry < 0 ? namesIn(snapshot.table.text(file)) : bytecode.names(entry);
    for (const name of exports) names.add(name);
    const require = Module.createRequire(path);
    for (const specifier of reexports) {
      let resolved;
      try {
        resolved = require.resolve(specifier);
      } catch {
        continue; // Node takes no names from what is not there, too.
      }
      const others = Module.isBuiltin(resolved)
        ? Object.keys(/** @type {object} */ (process.getBuiltinModule(resolved)))
        : this.#namesOf(resolved, seen);
      for (const name of others) names.add(name);
    }
    return names;
  }

  /** @param {any} meta @param {string} url */
  #describe(meta, url) {
    const filename = fileURLToPath(url);
    meta.dirname = this.#context.snapshot.paths.path.dirname(filename);
    meta.filename = filename;
    if (HAS_MAIN) meta.main = this.#context.isMain(url);
    const resolve = (/** @type {string} */ specifier) => {
      const found = this.#locate(`${specifier}`, url);
      if (found !== null) return found;
      if (isPath(specifier)) return new URL(specifier, url).href;
      throw notFound(specifier, url);
    };
    meta.resolve = resolve;
    meta.url = url;
  }

  /**
   * What is imported, but not packaged.
   *
   * @param {string} specifier
   * @param {string} parentURL
   * @param {Map<string, vm.Module>} made
   * @returns {vm.Module}
   */
  #outside(specifier, parentURL, made) {
    const url = isPath(specifier) ? new URL(specifier, parentURL) : null;
    if (url === null || url.protocol !== 'file:') throw notFound(specifier, parentURL);
    const { snapshot } = this.#context;
    const path = snapshot.paths.outside(fileURLToPath(url));
    if (!require('node:fs').existsSync(path)) throw notFound(specifier, parentURL);
    let module = this.#modules.get(url.href);
    if (module === undefined) {
      module = elsewhere(url.href, Module.createRequire(path)(path));
      this.#modules.set(url.href, module);
      made.set(url.href, module);
    }
    return module;
  }
}

/** @param {unknown} key @returns {boolean} */
function isText(key) {
  return typeof key === 'string';
}

/** @param {string} specifier @returns {boolean} */
function isPath(specifier) {
  return /^\.{0,2}\//.test(specifier) || URL.canParse(specifier);
}

/**
 * Node 22 has only the asynchronous `link`; what is under it is synchronous there, too.
 *
 * @param {vm.Module} module
 * @returns {any} Node's own object of a module
 */
function wrapOf(module) {
  for (const symbol of Object.getOwnPropertySymbols(module)) {
    const value = /** @type {any} */ (module)[symbol];
    if (typeof value?.getModuleRequests === 'function' || typeof value?.setExport === 'function') return value;
  }
  throw new Error('vm.Module of an unknown form');
}

/** @param {TextModule} module @param {vm.Module[]} dependencies one for each of its requests */
function connect(module, dependencies) {
  if (module.linkRequests !== undefined) module.linkRequests(dependencies);
  else wrapOf(module).link(module.moduleRequests.map(({ specifier }) => specifier), dependencies.map(wrapOf));
}

/** @param {vm.Module} module */
function instantiate(module) {
  const { instantiate: own } = /** @type {TextModule} */ (module);
  if (own !== undefined) own.call(module);
  else wrapOf(module).instantiate();
}

/** @param {vm.Module} module linked @returns {boolean} whether it, or what it imports, has top-level await */
function isAsync(module) {
  const { hasAsyncGraph } = /** @type {TextModule} */ (module);
  return hasAsyncGraph === undefined ? wrapOf(module).isGraphAsync() : hasAsyncGraph.call(module);
}

/** @param {vm.Module} module without top-level await @returns {vm.Module} */
function runNow(module) {
  if (module.status === 'errored') throw module.error;
  if (module.status === 'linked') {
    module.evaluate().catch(() => {});
    if (/** @type {string} */ (module.status) === 'errored') throw module.error;
  }
  return module;
}

/** @param {string} specifier @param {string} parentURL @returns {Error} as Node's */
function notFound(specifier, parentURL) {
  const what = isPath(specifier)
    ? `module '${fileURLToPath(new URL(specifier, parentURL))}'`
    : `package '${specifier}'`;
  const message = `Cannot find ${what} imported from ${fileURLToPath(parentURL)}`;
  return nodeError(Error, 'ERR_MODULE_NOT_FOUND', message);
}

/**
 * @param {string} name
 * @param {string | undefined} value of an import attribute
 * @param {string} url
 * @returns {Error} as Node's
 */
function unsupported(name, value, url) {
  const message = `Import attribute "${name}" with value "${value}" is not supported in ${url}`;
  return nodeError(TypeError, 'ERR_IMPORT_ATTRIBUTE_UNSUPPORTED', message);
}

/** @template T @param {() => T} action the first use of an experiment, of which Node warns once @returns {T} */
function withoutWarnings(action) {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return action();
  } finally {
    process.emitWarning = emitWarning;
  }
}

module.exports = { ModuleGraph };

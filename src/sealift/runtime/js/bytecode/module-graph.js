'use strict';

/**
 * The graph of packaged ES modules and of what they import, if some of them are bytecode: one
 * instance of each module, linked and evaluated like Node's own loader does it, but made of
 * `vm.SourceTextModule`, which accepts code caches.
 *
 * Linking is synchronous, so that `require` can load ES modules. Node's own loader loads the
 * modules on the disk; their exports keep the values that they have then.
 */

const Module = require('node:module');
const { fileURLToPath } = require('node:url');
const vm = require('node:vm');
const { nodeError } = require('../node-errors.js');
const { withoutWarnings } = require('../node-internals.js');
const { GraphModules } = require('./graph-modules.js');
const { GraphResolution, isNative, isPath, notFound } = require('./graph-resolution.js');
const { onDisk } = require('./synthetic-modules.js');
const { connect, instantiate, isAsync, runNow } = require('./vm-linking.js');

/**
 * @typedef {Record<string, string | undefined>} Attributes
 * @typedef {import('./vm-linking.js').TextModule} TextModule
 *
 * @typedef {object} Context
 * @property {import('../snapshot.js').Snapshot} snapshot
 * @property {import('./code-caches.js').Bytecode} bytecode
 * @property {import('./loader.js').Finder} finder
 * @property {import('../modules/program-hooks.js').ProgramHooks} hooks
 * @property {(url: string) => boolean} isMain
 * @property {(specifier: string, parentURL: string, attributes: Attributes) => Promise<any>}
 *   importOnDisk imports by Node's own loader
 */

const FACADE =
  "export * from 'original'; export { default } from 'original'; export const __esModule = true;";

class ModuleGraph {
  #context;
  #resolution;
  #factory;
  /** @type {Map<string, vm.Module>} by URL, and type if it has one */ #modules = new Map();
  /** @type {WeakMap<vm.Module, vm.Module>} */ #facades = new WeakMap();

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    this.#resolution = new GraphResolution(context);
    this.#factory = new GraphModules(
      context,
      this.#resolution,
      (specifier, parentURL, attributes) => this.import(specifier, parentURL, attributes),
    );
    withoutWarnings(() => new vm.SyntheticModule([], () => {}));
  }

  /**
   * Do an `import()` in a packaged module.
   *
   * @param {string} specifier
   * @param {string} parentURL
   * @param {Attributes} attributes
   * @returns {Promise<any>} a module or a namespace, as `vm` expects it
   */
  async import(specifier, parentURL, attributes) {
    const url = this.#resolution.resolve(specifier, parentURL, attributes);
    if (url === null || !this.#isInGraph(url)) {
      return this.#context.importOnDisk(specifier, parentURL, attributes);
    }
    // The code that imports goes on first, and its stack frames end here.
    await undefined;
    const module = this.#linked(url, attributes);
    await module.evaluate();
    return module;
  }

  /**
   * @param {string} url of a packaged module
   * @returns {{names: string[], isAsync: boolean}} its exports, and whether its graph has top-level
   *   await
   */
  describe(url) {
    const module = this.#linked(url);
    const keys = Reflect.ownKeys(module.namespace);
    const names = /** @type {string[]} */ (keys.filter((key) => typeof key === 'string'));
    return { names, isAsync: isAsync(module) };
  }

  /**
   * Evaluate a module. The stack traces of its errors do not contain the caller, not even as an
   * `async` frame.
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

  /**
   * @param {string} url of a packaged module without top-level await
   * @returns {{namespace: any}}
   */
  evaluateNow(url) {
    const { namespace } = runNow(this.#linked(url));
    return { namespace };
  }

  /**
   * @param {string} url of a packaged module
   * @returns {any} what `require` of it returns
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
          `top-level await comes from, use --experimental-print-required-tla.\n  Requiring ${path}`,
      );
    }
    const { namespace } = /** @type {{namespace: any}} */ (runNow(module));
    if (Object.hasOwn(namespace, 'module.exports')) return namespace['module.exports'];
    if (!Object.hasOwn(namespace, 'default') || Object.hasOwn(namespace, '__esModule')) {
      return namespace;
    }
    let facade = this.#facades.get(module);
    if (facade === undefined) {
      // Like Node: code that was compiled from ES modules expects the default export in `default`.
      const created = /** @type {TextModule} */ (new vm.SourceTextModule(FACADE));
      connect(
        created,
        created.moduleRequests.map(() => module),
      );
      instantiate(created);
      facade = runNow(created);
      this.#facades.set(module, facade);
    }
    return facade.namespace;
  }

  /**
   * @param {string} url
   * @returns {boolean} whether an `import()` of it is done in the graph
   */
  #isInGraph(url) {
    if (url.startsWith('node:')) return true;
    const file = this.#context.finder.indexOf(url);
    return file >= 0 && !isNative(this.#resolution.formatOf(file));
  }

  /**
   * Return a module, linked with everything that it imports.
   *
   * @param {string} url
   * @param {Attributes} [attributes]
   * @returns {vm.Module}
   */
  #linked(url, attributes) {
    /** @type {Map<string, vm.Module>} */
    const created = new Map();
    try {
      const root = this.#module(url, attributes, created);
      for (const module of created.values()) {
        if (module instanceof vm.SourceTextModule) {
          this.#link(/** @type {TextModule} */ (module), created);
        }
      }
      if (created.size !== 0) instantiate(root);
      return root;
    } catch (error) {
      for (const key of created.keys()) this.#modules.delete(key);
      throw error;
    }
  }

  /** @param {TextModule} module @param {Map<string, vm.Module>} created */
  #link(module, created) {
    const parentURL = module.identifier;
    const dependencies = module.moduleRequests.map(({ specifier, attributes }) => {
      const url = this.#resolution.resolve(specifier, parentURL, attributes);
      return url === null
        ? this.#onDisk(specifier, parentURL, created)
        : this.#module(url, attributes, created);
    });
    connect(module, dependencies);
  }

  /**
   * @param {string} url
   * @param {Attributes | undefined} attributes
   * @param {Map<string, vm.Module>} created modules that are new in this run of `#linked`
   * @returns {vm.Module}
   */
  #module(url, attributes, created) {
    const type = attributes?.type;
    const key = type === undefined ? url : `${url} ${type}`;
    let module = this.#modules.get(key);
    if (module === undefined) {
      for (const [name, value] of Object.entries(attributes ?? {})) {
        if (name !== 'type' || value !== 'json') throw unsupported(name, value, url);
      }
      module = this.#factory.create(url, type) ?? this.#onDisk(url, url, created);
      this.#modules.set(key, module);
      created.set(key, module);
    }
    return module;
  }

  /**
   * A module on the disk that a packaged one imports.
   *
   * @param {string} specifier
   * @param {string} parentURL
   * @param {Map<string, vm.Module>} created
   * @returns {vm.Module}
   */
  #onDisk(specifier, parentURL, created) {
    const url = isPath(specifier) ? new URL(specifier, parentURL) : null;
    if (url === null || url.protocol !== 'file:') throw notFound(specifier, parentURL);
    const { snapshot } = this.#context;
    const path = snapshot.paths.onDisk(fileURLToPath(url));
    if (!require('node:fs').existsSync(path)) throw notFound(specifier, parentURL);
    let module = this.#modules.get(url.href);
    if (module === undefined) {
      module = onDisk(url.href, Module.createRequire(path)(path));
      this.#modules.set(url.href, module);
      created.set(url.href, module);
    }
    return module;
  }
}

/**
 * @param {string} name
 * @param {string | undefined} value of an import attribute
 * @param {string} url
 * @returns {Error} like Node's
 */
function unsupported(name, value, url) {
  const message = `Import attribute "${name}" with value "${value}" is not supported in ${url}`;
  return nodeError(TypeError, 'ERR_IMPORT_ATTRIBUTE_UNSUPPORTED', message);
}

module.exports = { ModuleGraph };

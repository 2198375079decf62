'use strict';

/**
 * The handlers of `require.extensions` for `.js` and `.json`, which load packaged modules directly
 * (direct-require.js). A program of one file needs nothing of that.
 */

const { internals: Module, modulePrototype } = require('../node-internals.js');

/**
 * @typedef {import('./direct-require.js').DirectRequire} DirectRequire
 * @typedef {import('../node-internals.js').CommonJsModule} CommonJsModule
 *
 * Parts of `Module`, before the program can replace them.
 *
 * @typedef {object} Unchanged
 * @property {typeof Module._cache} cache
 * @property {typeof Module._load} load
 * @property {typeof Module._resolveFilename} resolveFilename
 * @property {typeof Module._nodeModulePaths} nodeModulePaths
 * @property {CommonJsModule['require']} require
 * @property {CommonJsModule['_compile']} compile
 */

class ExtensionHandlers {
  #snapshot;
  #create;
  /** @type {DirectRequire | null | undefined} */ #direct;

  /**
   * @param {import('../snapshot.js').Snapshot} snapshot
   * @param {(unchanged: Unchanged) => DirectRequire | null} create null: Node loads all modules
   */
  constructor(snapshot, create) {
    this.#snapshot = snapshot;
    this.#create = create;
  }

  /** Install them in this thread, after everything else that the runtime replaces in `Module`. */
  install() {
    const { table, config } = this.#snapshot;
    if (!table.resolutions.has(table.lookup(config.entry))) return;
    const unchanged = {
      cache: Module._cache,
      load: Module._load,
      resolveFilename: Module._resolveFilename,
      nodeModulePaths: Module._nodeModulePaths,
      require: modulePrototype.require,
      compile: modulePrototype._compile,
    };
    const handlers = this;
    const { '.js': script, '.json': data } = Module._extensions;
    // This form of assignment and this variable give the functions Node's names in stack traces.
    Module._extensions['.js'] = function (
      /** @type {CommonJsModule} */ module,
      /** @type {string} */ filename,
    ) {
      const _compile = handlers.#loader(unchanged)?.runnerFor(module, filename) ?? null;
      return _compile === null ? script.call(this, module, filename) : _compile.call(module);
    };
    Module._extensions['.json'] = function (
      /** @type {CommonJsModule} */ module,
      /** @type {string} */ filename,
    ) {
      const read = handlers.#loader(unchanged)?.readerFor(filename) ?? null;
      return read === null ? data.call(this, module, filename) : read.call(module);
    };
  }

  /**
   * @param {Unchanged} unchanged
   * @returns {DirectRequire | null} null: Node loads all modules
   */
  #loader(unchanged) {
    if (this.#direct === undefined) this.#direct = this.#create(unchanged);
    return this.#direct;
  }
}

module.exports = { ExtensionHandlers };

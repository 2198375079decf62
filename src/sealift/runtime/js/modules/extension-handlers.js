'use strict';

/**
 * The handlers of `require.extensions` for `.js` and `.json`. They load packaged modules directly
 * (direct-require.js) from the first one on that requires another packaged file. A smaller program
 * needs nothing of that.
 */

const { internals, modulePrototype } = require('../node-internals.js');

/**
 * @typedef {import('./direct-require.js').DirectRequire} DirectRequire
 * @typedef {import('../node-internals.js').CommonJsModule} CommonJsModule
 *
 * Parts of `Module`, before the program can replace them.
 *
 * @typedef {object} Unchanged
 * @property {typeof internals._cache} cache
 * @property {typeof internals._load} load
 * @property {typeof internals._resolveFilename} resolveFilename
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
    const unchanged = {
      cache: internals._cache,
      load: internals._load,
      resolveFilename: internals._resolveFilename,
      require: modulePrototype.require,
      compile: modulePrototype._compile,
    };
    this.#handle('.js', unchanged, (direct, module, name) => direct.runnerFor(module, name));
    this.#handle('.json', unchanged, (direct, _, name) => direct.readerFor(name));
  }

  /**
   * @param {string} extension
   * @param {Unchanged} unchanged
   * @param {(direct: DirectRequire, module: CommonJsModule, filename: string) =>
   *   ((this: CommonJsModule) => void) | null} loaderFor returns what loads the module; null:
   *   Node's own handler does
   */
  #handle(extension, unchanged, loaderFor) {
    const handlers = this;
    const original = internals._extensions[extension];
    // This form of assignment gives the function Node's name in stack traces.
    internals._extensions[extension] = function (
      /** @type {CommonJsModule} */ module,
      /** @type {string} */ filename,
    ) {
      if (handlers.#direct === undefined && handlers.#requiresPackaged(filename)) {
        handlers.#direct = handlers.#create(unchanged);
      }
      const direct = handlers.#direct;
      const _compile = direct ? loaderFor(direct, module, filename) : null;
      return _compile === null ? original.call(this, module, filename) : _compile.call(module);
    };
  }

  /** @param {string} filename @returns {boolean} whether it requires a packaged file */
  #requiresPackaged(filename) {
    const file = this.#snapshot.find(filename);
    return file >= 0 && this.#snapshot.table.resolutions(file).require !== undefined;
  }
}

module.exports = { ExtensionHandlers };

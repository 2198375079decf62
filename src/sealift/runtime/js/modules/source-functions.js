'use strict';

/**
 * Compiles packaged CommonJS modules from their source, as Node's own loader does it; with V8's code
 * caches, if there are any. If V8 refuses one, it compiles the source.
 */

const { getCompileCacheDir } = require('node:module');
const { compileFunction, constants, Script } = require('node:vm');
const { withoutWarnings } = require('../node-internals.js');
const { CJS_PARAMETERS } = require('./formats.js');

/** @typedef {import('../bytecode/code-caches.js').Bytecode} Bytecode */

/** Makes `import()` in a module that of Node's own loader. Node 20 warns of it in another way. */
const importModuleDynamically = constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;

/** What a call of `import` begins with, and little else; a comment may follow the word. */
const IMPORT = /\bimport\s*[(./]/;

class SourceFunctions {
  #table;
  #caches;
  #hasImport = false;

  /**
   * @param {import('../table.js').Table} table
   * @param {import('../bytecode/code-caches.js').Bytecode} [caches]
   */
  constructor(table, caches) {
    this.#table = table;
    this.#caches = caches;
  }

  /**
   * @param {number} file a CommonJS module
   * @param {string} filename
   * @returns {((...args: any[]) => unknown) | null} its function; null: Node is to compile it, and
   *   to say what is wrong with it
   */
  compiled(file, filename) {
    const entry = this.#caches === undefined ? -1 : this.#caches.find(file);
    if (entry >= 0) return this.#cached(file, entry, filename);
    // Only Node's own loader uses the compile cache that the program or the user has turned on.
    if (getCompileCacheDir?.() !== undefined) return null;
    const text = this.#table.text(file);
    const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    this.#expectImport(source);
    const options = /** @type {any} */ ({ filename, importModuleDynamically });
    try {
      return /** @type {any} */ (compileFunction(source, CJS_PARAMETERS, options));
    } catch {
      return null;
    }
  }

  /**
   * @param {number} file
   * @param {number} entry of its code cache
   * @param {string} filename
   * @returns {((...args: any[]) => unknown) | null}
   */
  #cached(file, entry, filename) {
    // Most files do not have the word; their text is not needed twice.
    if (!this.#hasImport && this.#table.bytes(file).includes('import')) {
      this.#expectImport(this.#table.text(file));
    }
    try {
      const importer = /** @type {any} */ (importModuleDynamically);
      return /** @type {Bytecode} */ (this.#caches).commonjs(entry, filename, importer);
    } catch {
      return null;
    }
  }

  /** @param {string} source */
  #expectImport(source) {
    if (this.#hasImport || !IMPORT.test(source)) return;
    this.#hasImport = true;
    omitImportWarning();
  }
}

/**
 * Let Node warn, unheard, that the way to its own `import()` is experimental. It does so once in a
 * process, before it looks at the specifier and the name of the script, which it rejects here.
 */
function omitImportWarning() {
  const options = /** @type {any} */ ({ filename: 'sealift', importModuleDynamically });
  withoutWarnings(() => new Script('import("")', options).runInThisContext()).catch(() => {});
}

module.exports = { SourceFunctions };

'use strict';

/**
 * Compiles packaged CommonJS modules from their source, as Node's own loader does it; with V8's code
 * caches, if there are any. If V8 refuses one, it compiles the source.
 */

const { getCompileCacheDir } = require('node:module');
const { compileFunction, Script } = require('node:vm');
const { NODES_IMPORT } = require('../bytecode/code-caches.js');
const { withoutWarnings } = require('../node-internals.js');
const { CJS_PARAMETERS } = require('./formats.js');

/** @typedef {import('../bytecode/code-caches.js').Bytecode} Bytecode */

/** What calls of `import` begin with; for scripts with caches see bytecode/script_calls.py. */
const CALL = /\bimport\s*(?:\(|\/[*/]|\.\s*(?:source|defer|\/[*/]))/;
/** `@type {import('x')}` and the like, which are within comments, strings or templates. */
const TYPE = /@\w+ \{[^'"`*;$/\n\r\u0080-\uffff]*\bimport\s*\(/g;

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
    if (entry >= 0) return this.#cached(entry, filename);
    // Only Node's own loader uses the compile cache that the program or the user has turned on.
    if (getCompileCacheDir?.() !== undefined) return null;
    const text = this.#table.text(file);
    const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    if (!this.#hasImport && CALL.test(source) && CALL.test(source.replace(TYPE, ''))) {
      this.#expectImport();
    }
    const options = /** @type {any} */ ({ filename, importModuleDynamically: NODES_IMPORT });
    try {
      return /** @type {any} */ (compileFunction(source, CJS_PARAMETERS, options));
    } catch {
      return null;
    }
  }

  /**
   * @param {number} entry of a code cache
   * @param {string} filename
   * @returns {((...args: any[]) => unknown) | null}
   */
  #cached(entry, filename) {
    const caches = /** @type {Bytecode} */ (this.#caches);
    if (caches.mayImport(entry)) this.#expectImport();
    try {
      return caches.commonjs(entry, filename, NODES_IMPORT);
    } catch {
      return null;
    }
  }

  /** A script that may call `import()` is about to run. */
  #expectImport() {
    if (this.#hasImport) return;
    this.#hasImport = true;
    omitImportWarning();
  }
}

/**
 * Let Node warn, unheard, that the way to its own `import()` is experimental. It does so once in a
 * process, before it looks at the specifier. Of those that it rejects, this one takes it least time.
 */
function omitImportWarning() {
  const options = { filename: 'sealift', importModuleDynamically: NODES_IMPORT };
  withoutWarnings(() => new Script('import("node:")', options).runInThisContext()).catch(() => {});
}

module.exports = { SourceFunctions };

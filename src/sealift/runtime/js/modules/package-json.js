'use strict';

/**
 * The packaged package.json files, as far as module resolution needs them.
 */

const { FILE } = require('../table.js');
const { join, parentOf, baseName } = require('../paths.js');

/**
 * @typedef {import('../table.js').Table} Table
 *
 * @typedef {object} Manifest
 * @property {string} directory location of the package
 * @property {string | undefined} name
 * @property {string | undefined} main
 * @property {unknown} exports
 * @property {Record<string, unknown> | undefined} imports
 * @property {'module' | 'commonjs' | undefined} type
 */

class Manifests {
  #table;
  /** @type {Map<string, Manifest | null>} */ #read = new Map();
  /** @type {Map<string, Manifest | null>} */ #nearest = new Map();

  /** @param {Table} table */
  constructor(table) {
    this.#table = table;
  }

  /**
   * @param {string} directory location
   * @returns {Manifest | null} of the package.json in that directory itself
   */
  in(directory) {
    let manifest = this.#read.get(directory);
    if (manifest === undefined) {
      const index = this.#table.lookup(join(directory, 'package.json'));
      const found = index >= 0 && this.#table.kind(index) === FILE;
      manifest = found ? parse(this.#table.text(index), directory) : null;
      this.#read.set(directory, manifest);
    }
    return manifest;
  }

  /**
   * @param {string} directory location
   * @returns {Manifest | null} of the package that the directory belongs to
   */
  nearest(directory) {
    let manifest = this.#nearest.get(directory);
    if (manifest === undefined) {
      if (directory === '' || baseName(directory) === 'node_modules') manifest = null;
      else manifest = this.in(directory) ?? this.nearest(parentOf(directory));
      this.#nearest.set(directory, manifest);
    }
    return manifest;
  }
}

/**
 * @param {string} text
 * @param {string} directory
 * @returns {Manifest | null} null if it is not JSON or not an object
 */
function parse(text, directory) {
  let data;
  try {
    data = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    return null;
  }
  if (typeof data !== 'object' || data === null) return null;
  const { name, main, exports, imports, type } = data;
  return {
    directory,
    name: typeof name === 'string' ? name : undefined,
    main: typeof main === 'string' ? main : undefined,
    exports,
    imports: typeof imports === 'object' && imports !== null ? imports : undefined,
    type: type === 'module' || type === 'commonjs' ? type : undefined,
  };
}

module.exports = { Manifests };

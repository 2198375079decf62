'use strict';

/** Loads the runtime's own modules, each once in a thread. */

/**
 * @typedef {(name: string) => any} Load
 *
 * The function of one module.
 * @typedef {(exports: any, require: (id: string) => any, module: {exports: any}) => void} Run
 *
 * Compiles a module; V8 may reject the code cache.
 * @typedef {(name: string, text: Buffer, cachedData: Buffer | undefined) => Run} Compile
 */

/**
 * @param {Record<string, Run>} atStart functions of the modules that are one script, by name
 * @param {NodeJS.Require} require for Node's own modules
 * @param {Compile} compile
 * @param {import('./assets.js').Crc32 | undefined} crc32
 * @param {Record<string, number>} checksums `sealift/checksums`
 * @returns {Load}
 */
function createLoad(atStart, require, compile, crc32, checksums) {
  /** @type {Map<string, {exports: any}>} */
  const loaded = new Map();
  /** @type {((name: string) => Buffer | undefined) | undefined} */
  let texts;
  /** @type {((name: string) => Buffer | undefined) | undefined} */
  let caches;

  /** @type {Load} */
  function load(name) {
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(name, module);
    const directory = name.slice(0, name.indexOf('/') + 1);
    const run = atStart[name] ?? compiled(name);
    run(module.exports, requireIn(directory), module);
    return module.exports;
  }

  /** @param {string} name @returns {Run} of a module that not every start loads */
  function compiled(name) {
    texts ??= assets.parts('sealift/runtime/modules');
    caches ??= assets.parts('sealift/runtime/caches');
    return compile(name, texts(name) ?? assets.damaged(name), caches(name));
  }

  /**
   * @param {string} directory '' or a name and a slash; directories are one level deep
   * @returns {(id: string) => any} the `require` of the modules in that directory
   */
  function requireIn(directory) {
    return (id) => {
      if (id.startsWith('./')) return load(directory + id.slice(2));
      return id.startsWith('../') ? load(id.slice(3)) : require(id);
    };
  }

  /** @type {typeof import('./assets.js')} */
  const assets = load('assets.js');
  assets.useChecksums(crc32, checksums);
  return load;
}

module.exports = { createLoad };

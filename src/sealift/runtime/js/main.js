'use strict';

/**
 * The main script of the executable. It only knows how to load the runtime's own modules out of the
 * assets; start.js decides what to run.
 */

/** @typedef {(name: string) => any} Load */

/**
 * Make the function that loads one of the runtime's modules, each once in a thread. A worker thread
 * gets this function as text and so loads the same modules from the same memory.
 *
 * @param {NodeJS.Require} require one that knows Node's own modules
 * @returns {Load}
 */
function createLoader(require) {
  const { getRawAsset } = require('node:sea');
  const { Script } = require('node:vm');
  // As in bytecode/wrapper.js.
  const HEAD = '(function (exports, require, module, __filename, __dirname) { ';
  const TAIL = '\n})';
  /** @type {Map<string, {exports: any}>} */
  const loaded = new Map();

  /** @type {Load} */
  function load(name) {
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(name, module);
    const source =
      HEAD + Buffer.from(getRawAsset(`sealift/runtime/${name}`)).toString('latin1') + TAIL;
    const script = new Script(source, {
      filename: `sealift:runtime/${name}`,
      cachedData: cacheOf(name),
    });
    script.runInThisContext()(
      module.exports,
      requireIn(name.slice(0, name.indexOf('/') + 1)),
      module,
    );
    return module.exports;
  }

  let hasCaches = true;

  /** @param {string} name @returns {Buffer | undefined} V8's code cache, which it may refuse */
  function cacheOf(name) {
    if (!hasCaches) return undefined;
    try {
      return Buffer.from(getRawAsset(`sealift/runtime/${name}.cache`));
    } catch {
      hasCaches = false;
      return undefined;
    }
  }

  /** @param {string} room '' or a directory's name and a slash; rooms have no rooms in them */
  function requireIn(room) {
    return (/** @type {string} */ id) => {
      if (id.startsWith('./')) return load(room + id.slice(2));
      return id.startsWith('../') ? load(id.slice(3)) : require(id);
    };
  }

  return load;
}

createLoader(require)('start.js').startMain(`(${createLoader})`);

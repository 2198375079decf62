'use strict';

/**
 * The main script of the executable. It only loads the runtime's own modules from the assets of the
 * executable; start.js decides what runs.
 */

/** @typedef {(name: string) => any} Load */

/**
 * Create the function that loads the runtime's modules, each once in a thread. Worker threads
 * receive the text of this function, so that they load the same modules from the same memory.
 *
 * @param {NodeJS.Require} require for Node's own modules
 * @returns {Load}
 */
function createLoader(require) {
  const { getRawAsset } = require('node:sea');
  const { Script } = require('node:vm');
  // As in bytecode/wrapper.js, so that V8 accepts the code caches.
  const HEAD = '(function (exports, require, module, __filename, __dirname) { ';
  const TAIL = '\n})';
  /** @type {Map<string, {exports: any}>} */
  const loaded = new Map();
  /** @type {typeof import('./assets.js') | undefined} */
  let assets;

  /** @type {Load} */
  function load(name) {
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(name, module);
    const text = Buffer.from(partOf(name)).toString('latin1');
    const script = new Script(HEAD + text + TAIL, {
      filename: `sealift:runtime/${name}`,
      cachedData: cacheOf(name),
    });
    const directory = name.slice(0, name.indexOf('/') + 1);
    script.runInThisContext()(module.exports, requireIn(directory), module);
    return module.exports;
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

  /** @param {string} name @returns {ArrayBuffer} a module's text, which is checked */
  function partOf(name) {
    const key = `sealift/runtime/${name}`;
    return assets === undefined ? getRawAsset(key) : assets.asset(key);
  }

  /** @param {string} name @returns {Buffer | undefined} V8's code cache, which V8 may reject */
  function cacheOf(name) {
    const cache = assets?.optionalAsset(`sealift/runtime/${name}.cache`);
    return cache === undefined ? undefined : Buffer.from(cache);
  }

  try {
    assets = load('assets.js');
    for (const name of loaded.keys()) partOf(name);
  } catch {
    const text = `sealift: ${process.execPath} is damaged. Copy or download it again.\n`;
    require('node:fs').writeSync(2, text);
    process.exit(1);
  }
  return load;
}

createLoader(require)('start.js').startMain(`(${createLoader})`);

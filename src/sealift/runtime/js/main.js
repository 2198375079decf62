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
  const PREFIX = 'sealift/runtime/';
  /** @type {Map<string, {exports: any}>} */
  const loaded = new Map();
  /** What checks the assets. @type {typeof import('./assets.js') | undefined} */
  let checked;
  /** Functions of the modules that are one script, by name. @type {any} */
  let atStart = {};
  /** @type {((name: string) => Buffer | undefined) | undefined} */
  let others;
  /** @type {((name: string) => Buffer | undefined) | undefined} */
  let caches;

  /** @type {Load} */
  function load(name) {
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(name, module);
    const directory = name.slice(0, name.indexOf('/') + 1);
    const run = atStart[name] ?? compiled(name, textOf(name), cacheOf(name));
    run(module.exports, requireIn(directory), module);
    return module.exports;
  }

  /**
   * @param {string} name
   * @param {Buffer} text
   * @param {Buffer | undefined} cachedData V8's code cache, which V8 may reject
   * @returns {(...args: any[]) => void}
   */
  function compiled(name, text, cachedData) {
    const source = HEAD + text.toString('latin1') + TAIL;
    return new Script(source, {
      filename: `sealift:runtime/${name}`,
      cachedData,
    }).runInThisContext();
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

  /** @param {string} name @returns {Buffer} a module's text, which is checked now or later */
  function textOf(name) {
    if (checked === undefined) return Buffer.from(getRawAsset(PREFIX + name));
    others ??= checked.parts(`${PREFIX}modules`);
    return others(name) ?? checked.damaged(name);
  }

  /** @param {string} name @returns {Buffer | undefined} V8's code cache */
  function cacheOf(name) {
    caches ??= checked?.parts(`${PREFIX}caches`);
    return caches?.(name);
  }

  /**
   * Load the script that contains the modules of each start.
   *
   * @param {typeof import('./assets.js')} assets
   * @returns {any} their functions, by name
   */
  function loadAtStart(assets) {
    const name = 'at-start.js';
    const text = Buffer.from(assets.asset(PREFIX + name));
    const cache = assets.optionalAsset(`${PREFIX}${name}.cache`);
    const module = { exports: {} };
    compiled(name, text, cache && Buffer.from(cache))(module.exports, require, module);
    return module.exports;
  }

  try {
    const assets = load('assets.js');
    for (const name of loaded.keys()) assets.asset(PREFIX + name);
    atStart = loadAtStart(assets);
    checked = assets;
  } catch {
    const text = `sealift: ${process.execPath} is damaged. Copy or download it again.\n`;
    require('node:fs').writeSync(2, text);
    process.exit(1);
  }
  return load;
}

createLoader(require)('start.js').startMain(`(${createLoader})`);

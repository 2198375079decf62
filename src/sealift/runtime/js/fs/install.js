'use strict';

/**
 * The packaged files under `fs`. Nothing is done until a program asks for `fs`, `fs/promises` or what
 * uses them for it; then fs/replace-functions.js replaces their functions.
 */

const Module = require('node:module');

/** @typedef {() => void} Prepare */

/**
 * See to it that whoever gets `fs` or `fs/promises` gets them with the packaged files; once per thread,
 * before the program runs. The runtime itself never needs it: it reads the table.
 *
 * @param {object} from
 * @param {import('../table.js').Table} from.table
 * @param {import('../paths.js').Paths} from.paths
 * @returns {Prepare} does it at once, for where `fs` is had without asking (`-e`)
 */
function install({ table, paths }) {
  let prepared = false;
  /** @type {Prepare} */
  let preparePromises = () => undefined;
  const prepare = () => {
    if (prepared) return;
    // Set before, as what is loaded now may ask for `fs` by the same way.
    prepared = true;
    preparePromises = require('./replace-functions.js').replaceFunctions(table, paths);
  };
  const asked = (/** @type {string} */ name) => {
    if (!NAMES.has(name)) return;
    prepare();
    if (name.endsWith('fs/promises')) preparePromises();
  };

  if (Module.registerHooks === undefined) {
    // Node 20: it cannot be known when somebody asks.
    prepare();
    preparePromises();
    return prepare;
  }
  Module.registerHooks({
    resolve(specifier, context, next) {
      asked(specifier);
      return next(specifier, context);
    },
  });
  const { getBuiltinModule } = process;
  const replacement = {
    /** @param {string} id */
    getBuiltinModule(id) {
      asked(id);
      return getBuiltinModule(id);
    },
  };
  process.getBuiltinModule = /** @type {typeof getBuiltinModule} */ (replacement.getBuiltinModule);
  return prepare;
}

const NAMES = new Set(['fs', 'fs/promises', 'http2'].flatMap((name) => [name, `node:${name}`]));

module.exports = { install };

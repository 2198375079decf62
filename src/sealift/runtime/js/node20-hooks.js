'use strict';

/** Runs in the thread in which Node 20 calls the hooks of `import`. */

const { Snapshot } = require('./snapshot.js');
const { ModuleLoader } = require('./modules.js');

const { hooks } = new ModuleLoader(new Snapshot(), []);

/** @type {import('node:module').ResolveHook} */
async function resolve(specifier, context, next) {
  return hooks.resolve(specifier, context, /** @type {any} */ (next));
}

/** @type {import('node:module').LoadHook} */
async function load(url, context, next) {
  return hooks.load(url, { ...context, conditions: ['import'] }, /** @type {any} */ (next));
}

module.exports = { resolve, load };

'use strict';

/** Runs in the thread in which Node 20 calls the hooks of `import`. */

const { receiveMessageOnPort } = require('node:worker_threads');
const { Snapshot } = require('../snapshot.js');
const { ModuleLoader } = require('./hooks.js');

const snapshot = new Snapshot();
const { hooks } = new ModuleLoader(snapshot, []);
/** @type {import('node:worker_threads').MessagePort} */ let mounts;

/** @param {{mounts: typeof mounts}} given port by which the program's thread tells of its mounts */
function initialize(given) {
  mounts = given.mounts;
}

/** Know what has been mounted by now. */
function heedMounts() {
  for (let told = receiveMessageOnPort(mounts); told; told = receiveMessageOnPort(mounts)) {
    snapshot.paths.mount(told.message.interior, told.message.exterior);
  }
}

/** @type {import('node:module').ResolveHook} */
async function resolve(specifier, context, next) {
  heedMounts();
  return hooks.resolve(specifier, context, /** @type {any} */ (next));
}

/** @type {import('node:module').LoadHook} */
async function load(url, context, next) {
  return hooks.load(url, { ...context, conditions: ['import'] }, /** @type {any} */ (next));
}

module.exports = { initialize, resolve, load };

'use strict';

/** Runs in the thread in which Node 20 calls the hooks of `import`. */

const { receiveMessageOnPort } = require('node:worker_threads');
const { BuiltinModules } = require('../builtin-modules.js');
const { Snapshot } = require('../snapshot.js');
const { ModuleHooks } = require('./hooks.js');

const snapshot = new Snapshot();
const { hooks } = new ModuleHooks(snapshot, new BuiltinModules([]));
/** @type {import('node:worker_threads').MessagePort} */ let mounts;

/** @param {{mounts: typeof mounts}} given port on which the program's thread sends its mounts */
function initialize(given) {
  mounts = given.mounts;
}

/** Receive the mounts that the program has made so far. */
function receiveMounts() {
  for (let sent = receiveMessageOnPort(mounts); sent; sent = receiveMessageOnPort(mounts)) {
    snapshot.paths.mount(sent.message.interior, sent.message.exterior);
  }
}

/** @type {import('node:module').ResolveHook} */
async function resolve(specifier, context, next) {
  receiveMounts();
  return hooks.resolve(specifier, context, /** @type {any} */ (next));
}

/** @type {import('node:module').LoadHook} */
async function load(url, context, next) {
  return hooks.load(url, { ...context, conditions: ['import'] }, /** @type {any} */ (next));
}

module.exports = { initialize, resolve, load };

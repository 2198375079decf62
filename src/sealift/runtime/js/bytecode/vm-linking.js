'use strict';

/**
 * Linking and evaluating `vm` modules synchronously, in all releases.
 *
 * @typedef {{specifier: string, attributes: Record<string, string | undefined>}} ModuleRequest
 *
 * What the newer releases have, and the older ones do not.
 * @typedef {vm.SourceTextModule & {
 *   linkRequests?: (modules: vm.Module[]) => void,
 *   instantiate?: () => void,
 *   hasAsyncGraph?: () => boolean,
 *   moduleRequests: ModuleRequest[],
 * }} TextModule
 */

const vm = require('node:vm');

/**
 * Node 22 has only the asynchronous `link`; what is under it is synchronous there, too.
 *
 * @param {vm.Module} module
 * @returns {any} Node's own object of a module
 */
function wrapOf(module) {
  for (const symbol of Object.getOwnPropertySymbols(module)) {
    const value = /** @type {any} */ (module)[symbol];
    if (typeof value?.getModuleRequests === 'function' || typeof value?.setExport === 'function') {
      return value;
    }
  }
  throw new Error('vm.Module of an unknown form');
}

/** @param {TextModule} module @param {vm.Module[]} dependencies one for each of its requests */
function connect(module, dependencies) {
  if (module.linkRequests !== undefined) module.linkRequests(dependencies);
  else {
    wrapOf(module).link(
      module.moduleRequests.map(({ specifier }) => specifier),
      dependencies.map(wrapOf),
    );
  }
}

/** @param {vm.Module} module */
function instantiate(module) {
  const { instantiate: own } = /** @type {TextModule} */ (module);
  if (own !== undefined) own.call(module);
  else wrapOf(module).instantiate();
}

/** @param {vm.Module} module linked @returns {boolean} whether it, or what it imports, has top-level await */
function isAsync(module) {
  const { hasAsyncGraph } = /** @type {TextModule} */ (module);
  return hasAsyncGraph === undefined ? wrapOf(module).isGraphAsync() : hasAsyncGraph.call(module);
}

/** @param {vm.Module} module without top-level await @returns {vm.Module} */
function runNow(module) {
  if (module.status === 'errored') throw module.error;
  if (module.status === 'linked') {
    module.evaluate().catch(() => {});
    if (/** @type {string} */ (module.status) === 'errored') throw module.error;
  }
  return module;
}

module.exports = { wrapOf, connect, instantiate, isAsync, runNow };

'use strict';

/** Links and evaluates `vm` modules synchronously, on all releases. */

const { nativeModuleOf } = require('../node-internals.js');

/**
 * @typedef {import('node:vm').Module} VmModule
 * @typedef {{specifier: string, attributes: Record<string, string | undefined>}} ModuleRequest
 *
 * A `vm.SourceTextModule` with the members that only newer releases have. Node 22 documents only
 * the asynchronous `link`; its native object links synchronously there too.
 *
 * @typedef {import('node:vm').SourceTextModule & { linkRequests?: (modules: VmModule[]) => void,
 *   instantiate?: () => void, hasAsyncGraph?: () => boolean, moduleRequests: ModuleRequest[], }}
 *   TextModule
 */

/** @param {TextModule} module @param {VmModule[]} dependencies one for each of its requests */
function connect(module, dependencies) {
  if (module.linkRequests !== undefined) {
    module.linkRequests(dependencies);
    return;
  }
  const specifiers = module.moduleRequests.map(({ specifier }) => specifier);
  nativeModuleOf(module).link(specifiers, dependencies.map(nativeModuleOf));
}

/** @param {VmModule} module */
function instantiate(module) {
  const { instantiate: own } = /** @type {TextModule} */ (module);
  if (own !== undefined) own.call(module);
  else nativeModuleOf(module).instantiate();
}

/** @param {VmModule} module linked @returns {boolean} whether its graph has top-level await */
function isAsync(module) {
  const { hasAsyncGraph } = /** @type {TextModule} */ (module);
  return hasAsyncGraph === undefined
    ? nativeModuleOf(module).isGraphAsync()
    : hasAsyncGraph.call(module);
}

/**
 * Evaluate a module without top-level await; throw what it throws.
 *
 * @param {VmModule} module
 * @returns {VmModule}
 */
function runNow(module) {
  if (module.status === 'errored') throw module.error;
  if (module.status === 'linked') {
    module.evaluate().catch(() => {});
    if (/** @type {string} */ (module.status) === 'errored') throw module.error;
  }
  return module;
}

module.exports = { connect, instantiate, isAsync, runNow };

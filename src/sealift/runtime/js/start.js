'use strict';

/**
 * Starts a thread of the program: puts the packaged files under Node's functions, then runs the entry.
 */

const Module = require('node:module');
const { Snapshot } = require('./snapshot.js');
const { ModuleLoader } = require('./modules/hooks.js');

/** As in the reference, for people: run the executable as plain Node. */
const INVOKE_NODE = 'PKG_INVOKE_NODEJS';

/**
 * What every thread needs.
 *
 * @param {string} loaderSource text of the function that makes the loader, for worker threads
 * @returns {{snapshot: Snapshot, announce: (entrypoint: string) => void}} `announce` is to be told the
 *   path of what runs
 */
function installRuntime(loaderSource) {
  const snapshot = new Snapshot();
  if (snapshot.bytecode?.takesOption) process.execArgv = withoutOwn(process.execArgv);
  require('./fs/install.js').install(snapshot);
  // Node's own modules that are patched when the program first asks for them.
  const children = () => {
    const { Children } = require('./processes/child-processes.js');
    new Children(snapshot).install();
  };
  const workers = () => require('./processes/workers.js').install(snapshot, loaderSource);
  new ModuleLoader(snapshot, [
    { names: ['child_process', 'cluster'], install: children },
    { names: ['worker_threads'], install: workers },
  ]).install(loaderSource);
  const { register, findPackageJSON } = Module;
  Module.register = /** @type {typeof register} */ (
    (/** @type {any[]} */ ...given) =>
      require('./modules/register.js').register(snapshot, register, given)
  );
  if (findPackageJSON !== undefined) {
    Module.findPackageJSON = (specifier, base) =>
      require('./modules/find-package-json.js').findPackageJSON(
        snapshot,
        findPackageJSON,
        specifier,
        base,
      );
  }
  const { setEntrypoint } = require('./processes/process-object.js').install(snapshot);
  return { snapshot, announce: setEntrypoint };
}

/**
 * @param {string[]} options
 * @returns {string[]} without the one that is there for the runtime's sake
 */
function withoutOwn(options) {
  const own = options.indexOf('--experimental-vm-modules');
  return own < 0 ? options : options.toSpliced(own, 1);
}

/** @param {string} loaderSource */
function startMain(loaderSource) {
  const invoked = process.env.PKG_EXECPATH;
  delete process.env.PKG_EXECPATH;
  const { snapshot, announce } = installRuntime(loaderSource);
  if (invoked !== undefined && (invoked === INVOKE_NODE || invoked === process.execPath)) {
    require('./processes/run-as-node.js').runAsNode(snapshot, announce);
    return;
  }
  process.argv[1] = snapshot.entry;
  announce(snapshot.entry);
  Module.runMain();
}

module.exports = { startMain, installRuntime };

'use strict';

/** Starts a thread: installs the runtime, then runs the program or what it is asked to run. */

const Module = require('node:module');
const { hasAsset } = require('./assets.js');
const { BuiltinModules } = require('./builtin-modules.js');
const { replaceFunction } = require('./node-internals.js');
const { ModuleHooks } = require('./modules/hooks.js');
const naturalEnd = require('./processes/natural-end.js');
const { Snapshot } = require('./snapshot.js');

/**
 * Install what every thread needs.
 *
 * @param {string} loaderSource text of the function that creates the loader, for worker threads
 * @returns {{snapshot: Snapshot, announce: (entrypoint: string) => void}} `announce` receives the
 *   path of the script that runs
 */
function installRuntime(loaderSource) {
  const snapshot = new Snapshot();
  process.execArgv = withoutOwn(process.execArgv, snapshot);
  const builtins = new BuiltinModules(patchesOf(snapshot, loaderSource));
  new ModuleHooks(snapshot, builtins).install(loaderSource);
  serveSourceMaps(snapshot);
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

/** @param {Snapshot} snapshot */
function serveSourceMaps(snapshot) {
  const serve = () => require('./source-maps.js').serveMaps(snapshot);
  if (process.sourceMapsEnabled) {
    serve();
    return;
  }
  /** @param {(...args: any[]) => any} original */
  const turnsOn =
    (original) =>
    (/** @type {any[]} */ ...given) => {
      serve();
      return original(...given);
    };
  replaceFunction(process, 'setSourceMapsEnabled', turnsOn);
  replaceFunction(Module, 'setSourceMapsSupport', turnsOn);
}

/**
 * What changes in Node's own modules when the program first asks for them.
 *
 * @param {Snapshot} snapshot
 * @param {string} loaderSource
 * @returns {import('./builtin-modules.js').Patch[]}
 */
function patchesOf(snapshot, loaderSource) {
  let replacePromises = () => {};
  // Node 20 applies all at once, which would load modules that are large or warn.
  const onDemand =
    Module.registerHooks === undefined
      ? []
      : [
          {
            names: ['sqlite'],
            apply: () => {
              naturalEnd.keepNodesEnd(); // which closes databases
              require('./addons/native-modules.js').installSqlite(snapshot);
            },
          },
          {
            names: ['wasi'],
            apply: () => require('./addons/native-modules.js').installWasi(snapshot),
          },
          {
            names: ['http2'],
            apply: () => require('./addons/native-modules.js').installHttp2(snapshot),
          },
        ];
  return [
    {
      // Node's http2 takes functions out of fs when it is loaded.
      names: ['fs', 'fs/promises', 'http2'],
      apply: () => {
        const { replaceFunctions } = require('./fs/replace-functions.js');
        replacePromises = replaceFunctions(snapshot);
      },
    },
    { names: ['fs/promises'], apply: () => replacePromises() },
    ...onDemand,
    {
      names: ['child_process', 'cluster', 'test'], // tests run in children
      apply: () => {
        const { ChildProcesses } = require('./processes/child-processes.js');
        new ChildProcesses(snapshot).install();
      },
    },
    {
      names: ['worker_threads'],
      apply: () => {
        naturalEnd.keepNodesEnd(); // which stops threads
        require('./processes/workers.js').install(snapshot, loaderSource);
      },
    },
  ];
}

/**
 * @param {string[]} options
 * @param {Snapshot} snapshot
 * @returns {string[]} without the first ones, which are the runtime's own
 */
function withoutOwn(options, { bytecode }) {
  const start = Number(/^--min-semi-space-size=(?:3|8|16)$/.test(options[0]));
  const isNext = options[start] === '--experimental-vm-modules';
  const own = start + Number(isNext && bytecode?.takesOption === true);
  return own === 0 ? options : options.slice(own);
}

/** @param {string} loaderSource */
function startMain(loaderSource) {
  const invoked = process.env.PKG_EXECPATH;
  delete process.env.PKG_EXECPATH;
  const isHardened = hasAsset('sealift/hardened');
  if (isHardened) require('./hardening.js').removeVariables();
  const { snapshot, announce } = installRuntime(loaderSource);
  require('./processes/process-object.js').installChdir(snapshot);
  naturalEnd.install();
  if (process.env.SEALIFT_WORKING_DIRECTORY !== undefined) {
    require('./processes/working-directory.js').inheritDirectory(snapshot);
  }
  if (invoked !== undefined) {
    const { runsAsNode } = require('./processes/child-environment.js');
    if (runsAsNode(snapshot, invoked, isHardened)) {
      if (isHardened) require('./hardening.js').allowOnlyOwnScripts(snapshot);
      require('./processes/run-as-node.js').runAsNode(snapshot, announce);
      return;
    }
  }
  process.argv[1] = snapshot.entry;
  announce(snapshot.entry);
  if (process.env.DEBUG_PKG && hasAsset('sealift/debug')) {
    require('./diagnostics.js').printDiagnostics(snapshot);
  }
  if (process.env.SEALIFT_NODE_OPTIONS === undefined) {
    Module.runMain();
  } else {
    const { restoreEnvironment } = require('./processes/child-environment.js');
    const { inherited, preload } = require('./processes/preloads.js');
    inherited.preloads = restoreEnvironment() ?? inherited.preloads;
    preload(snapshot, inherited.preloads, () => Module.runMain());
  }
}

module.exports = { startMain, installRuntime };

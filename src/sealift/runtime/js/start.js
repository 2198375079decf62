'use strict';

/**
 * Starts the program: installs what every thread needs, then runs the entry.
 */

const Module = require('node:module');
const { Snapshot } = require('./snapshot.js');
const { ModuleLoader } = require('./modules.js');

/**
 * @param {string} _loaderSource text of the function that makes the loader, for worker threads
 */
function startMain(_loaderSource) {
  const snapshot = new Snapshot();
  new ModuleLoader(snapshot).install();
  process.argv[1] = snapshot.entry;
  require('./process.js').install(snapshot, snapshot.entry);
  Module.runMain();
}

module.exports = { startMain };

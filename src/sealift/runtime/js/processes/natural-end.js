'use strict';

/**
 * Ends a process whose program has ended as `process.exit()` does: without taking Node's and V8's
 * memory apart piece by piece, which the operating system does at once. That is 3 % of a start.
 */

const { isExiting } = require('../node-internals.js');

const { emit: original, reallyExit } = /** @type {any} */ (process);
let isNodes = false;

/** Leave the end to Node: something is in use that Node has to close. */
function keepNodesEnd() {
  isNodes = true;
}

/**
 * Install it in the main thread. Node emits `exit` by `process.emit`, with 0 only if the program has
 * ended by itself or calls `process.exit()`; what follows is the same then, unless the program has
 * replaced parts of it. Options such as `--trace-exit` and `--inspect` distinguish the two.
 */
function install() {
  // Windows writes to pipes while Node ends.
  if (process.platform === 'win32' || process.execArgv.length !== 0) return;
  if (process.env.NODE_OPTIONS) return;
  Object.defineProperty(process, 'emit', { value: emit, configurable: true, writable: true });
}

/** @this {any} @param {any[]} given */
function emit(...given) {
  const isHandled = Reflect.apply(original, this, given);
  if (given[0] === 'exit' && given[1] === 0 && isExiting() && !isNodes) {
    const current = /** @type {any} */ (process);
    if (current.emit === emit && current.reallyExit === reallyExit) {
      reallyExit.call(process, process.exitCode || 0);
    }
  }
  return isHandled;
}
Object.defineProperty(emit, 'length', { value: original.length });

module.exports = { install, keepNodesEnd };

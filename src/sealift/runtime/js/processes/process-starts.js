'use strict';

/**
 * What changes when a child really starts, below the public functions of `node:child_process`:
 * packages that trace programs (nyc) replace the two functions that all of those call, and add to
 * NODE_OPTIONS there. Here the executable of the child, its environment and its `stdio` are final.
 */

const childProcess = require('node:child_process');
const { bindingOf, replaceFunction } = require('../node-internals.js');
const { withPreloads } = require('./child-environment.js');

/**
 * @typedef {import('../snapshot.js').Snapshot} Snapshot
 * @typedef {{envPairs?: string[], stdio?: unknown}} Options of a child, as Node's native code gets
 *   them
 */

/** @param {Snapshot} snapshot */
function replaceStarts(snapshot) {
  for (const owner of [childProcess.ChildProcess.prototype, bindingOf('spawn_sync') ?? {}]) {
    replaceFunction(
      owner,
      'spawn',
      (original) =>
        /** @this {unknown} @param {any[]} given */
        function spawn(...given) {
          const [options, ...rest] = given;
          const { envPairs, stdio } = /** @type {Options} */ (options ?? {});
          if (!Array.isArray(envPairs)) return Reflect.apply(original, this, given);
          const changed = { ...options, envPairs: withPreloads(snapshot, envPairs) };
          const start = (/** @type {unknown} */ real) =>
            Reflect.apply(original, this, [{ ...changed, stdio: real }, ...rest]);
          if (!Array.isArray(stdio) || snapshot.descriptors.size === 0) return start(stdio);
          return require('../addons/real-descriptors.js').withRealStdio(snapshot, stdio, start);
        },
    );
  }
}

module.exports = { replaceStarts };

'use strict';

/**
 * What changes when a child really starts, below the public functions of `node:child_process`:
 * packages that trace programs (nyc) replace the two functions that all of those call, and add to
 * NODE_OPTIONS there. Here the executable of the child, its environment and its `stdio` are final.
 */

const childProcess = require('node:child_process');
const { bindingOf, replaceFunction } = require('../node-internals.js');
const { providePreloads, withPreloads } = require('./child-environment.js');

/**
 * @typedef {import('../snapshot.js').Snapshot} Snapshot
 * @typedef {{envPairs?: string[], stdio?: unknown}} Options of a child, as Node's native code gets
 *   them
 */

/**
 * @param {Snapshot} snapshot
 * @returns {boolean} whether that covers the functions that wait for the child; not under the
 *   permission model, which hides what they call: they are to be called by `startAndWait`
 */
function replaceStarts(snapshot) {
  const sync = bindingOf('spawn_sync');
  for (const owner of [childProcess.ChildProcess.prototype, sync ?? {}]) {
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
  return sync !== undefined;
}

/**
 * Do at a function of `node:child_process` that waits for the child what `replaceStarts` does below
 * it.
 *
 * @param {Snapshot} snapshot
 * @param {(...args: any[]) => any} original
 * @param {any[]} given its arguments
 * @returns {any} its result
 */
function startAndWait(snapshot, original, given) {
  const at = given.findIndex((one) => typeof one?.env === 'object');
  if (at < 0) return original(...given); // arguments that Node refuses
  const options = given[at];
  providePreloads(snapshot, options.env);
  const { stdio } = options;
  if (!Array.isArray(stdio) || snapshot.descriptors.size === 0) return original(...given);
  return require('../addons/real-descriptors.js').withRealStdio(snapshot, stdio, (real) =>
    original(...given.with(at, { ...options, stdio: real })),
  );
}

module.exports = { replaceStarts, startAndWait };

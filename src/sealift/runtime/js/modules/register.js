'use strict';

/**
 * `module.register`. Node runs such hooks in a thread of its own, which reads modules only from the
 * disk. So packaged hooks are ignored with a warning: most of them only observe a program (tracing,
 * profiling), which works without them.
 */

const { hooksIgnored } = require('../messages.js');

/** @typedef {import('../snapshot.js').Snapshot} Snapshot */

/**
 * @param {Snapshot} snapshot
 * @param {(...given: any[]) => void} original
 * @param {any[]} given
 */
function register(snapshot, original, given) {
  const [specifier, second] = given;
  const parent =
    typeof second === 'object' && !(second instanceof URL) ? second?.parentURL : second;
  const isUrl = URL.canParse(String(specifier));
  if (isUrl ? snapshot.find(new URL(specifier)) < 0 : !isPackaged(snapshot, parent)) {
    try {
      return original(...given);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    }
  }
  process.emitWarning(hooksIgnored(specifier), { code: 'SEALIFT_MODULE_REGISTER' });
  return undefined;
}

/**
 * @param {Snapshot} snapshot
 * @param {string | URL | undefined} parent
 * @returns {boolean}
 */
function isPackaged(snapshot, parent) {
  return (
    parent !== undefined && URL.canParse(String(parent)) && snapshot.find(new URL(parent)) >= 0
  );
}

module.exports = { register };

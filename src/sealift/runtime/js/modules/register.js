'use strict';

/**
 * `module.register`. Node runs such hooks in a thread of its own, which reads modules from the disk and is
 * not asked about packaged files. So hooks that are not on the disk are passed over, with a warning: most
 * of them only watch a program (tracing, profiling), which can do without.
 */

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
  process.emitWarning(
    `The hooks of ${specifier} are not used: module.register() does not find packaged modules, ` +
      'module.registerHooks() does.',
    { code: 'SEALIFT_MODULE_REGISTER' },
  );
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

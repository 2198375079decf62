'use strict';

/** What a specifier of `import` means in the executable if no resolution of it is stored. */

const { isBuiltin } = require('node:module');
const { parentOf } = require('../paths.js');
const { MISSING } = require('../table.js');
const { RELATIVE } = require('./require-resolution.js');

/**
 * @param {import('../snapshot.js').Snapshot} snapshot
 * @param {import('./packaged-urls.js').PackagedUrls} urls
 * @param {import('./require-resolution.js').RequireResolution} requires
 * @param {object} request
 * @param {string} request.specifier
 * @param {number} request.parent index of the packaged module that imports, or negative
 * @param {string | undefined} request.parentURL
 * @param {readonly string[]} request.conditions
 * @returns {number | string} index, MISSING, or a specifier that Node resolves instead
 */
function resolveImport(snapshot, urls, requires, { specifier, parent, parentURL, conditions }) {
  const from = parent >= 0 ? snapshot.pathOf(parent) : String(parentURL);
  if (specifier[0] === '/' || RELATIVE.test(specifier) || URL.canParse(specifier)) {
    const base = parentURL ?? 'file:///';
    if (!URL.canParse(specifier, base)) return MISSING;
    const url = new URL(specifier, base);
    const location = snapshot.paths.toLocation(url);
    if (location !== null) return requires.resolver.importPath(location, from);
    const onDisk = urls.onDisk(url.href);
    return onDisk === url.href ? MISSING : onDisk;
  }
  if (parent < 0) {
    if (parentURL === undefined || !snapshot.paths.hasDiskLinks) return MISSING;
    const { importLinked } = require('./linked-packages.js');
    return importLinked(snapshot.paths, requires.resolver, specifier, parentURL, conditions);
  }
  const directory = parentOf(snapshot.table.locationOf(parent));
  if (specifier[0] !== '#') {
    return requires.resolver.importBare(directory, specifier, conditions, from);
  }
  const found = requires.resolver.internal(directory, specifier, conditions, from);
  if (typeof found === 'number' || isBuiltin(found)) return found;
  return requires.resolver.importBare(directory, found, conditions, from);
}

module.exports = { resolveImport };

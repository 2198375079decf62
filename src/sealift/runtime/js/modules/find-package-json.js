'use strict';

/**
 * `module.findPackageJSON` for packaged files.
 */

const { pathToFileURL } = require('node:url');
const { join, parentOf } = require('../paths.js');

/** @typedef {import('../snapshot.js').Snapshot} Snapshot */

/**
 * @param {Snapshot} snapshot
 * @param {typeof import('node:module').findPackageJSON} original
 * @param {string | URL} specifier
 * @param {string | URL} [base]
 * @returns {string | undefined}
 */
function findPackageJSON(snapshot, original, specifier, base) {
  const directory = search(snapshot, specifier, base);
  if (directory === null) return original(specifier, base);
  return directory && snapshot.paths.fromLocation(join(directory, 'package.json'));
}

/**
 * @param {Snapshot} snapshot
 * @param {unknown} specifier
 * @param {unknown} base
 * @returns {string | undefined | null} location of the package; undefined: there is none; null:
 *   the base is not packaged
 */
function search({ paths, manifests }, specifier, base) {
  const from =
    typeof base === 'string' && paths.path.isAbsolute(base) ? pathToFileURL(base).href : base;
  const text = String(specifier);
  const isPath = /^(?:\.{0,2}[\\/]|\.{1,2}$)/.test(text) || URL.canParse(text);
  const referrer = from === undefined ? undefined : String(from);
  if (isPath) {
    if (!URL.canParse(text, referrer)) return null;
    const location = paths.toLocation(new URL(text, referrer));
    return location === null ? null : manifests.nearest(parentOf(location))?.directory;
  }
  const start =
    referrer !== undefined && URL.canParse(referrer) ? paths.toLocation(new URL(referrer)) : null;
  if (start === null) return null;
  const name = text.split('/', text[0] === '@' ? 2 : 1).join('/');
  for (let directory = parentOf(start); ; directory = parentOf(directory)) {
    const found = manifests.in(join(join(directory, 'node_modules'), name));
    if (found !== null) return found.directory;
    if (directory === '') return null;
  }
}

module.exports = { findPackageJSON };

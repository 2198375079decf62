'use strict';

/**
 * Packages that a file on the disk finds through links there to packaged files (disk-links.js). For
 * Node these links lead nowhere, so it would skip them.
 */

const { existsSync } = require('node:fs');
const { fileURLToPath } = require('node:url');
const { MISSING } = require('../table.js');
const { splitBare } = require('./resolution-algorithm.js');

/**
 * @typedef {import('../paths.js').Paths} Paths
 * @typedef {import('./resolution-algorithm.js').Resolver} Resolver
 */

/**
 * @param {Paths} paths
 * @param {Resolver} resolver
 * @param {string} modules a `node_modules` directory
 * @param {string} request of `require`
 * @param {readonly string[]} conditions
 * @returns {number} index, or MISSING: no link there leads to the package
 */
function requireLinked(paths, resolver, modules, request, conditions) {
  const split = splitBare(request);
  const location = split && paths.toLocation(paths.path.join(modules, split.name));
  return split === null || location === null
    ? MISSING
    : resolver.packageAt(location, split.subpath, conditions);
}

/**
 * @param {Paths} paths
 * @param {Resolver} resolver
 * @param {string} specifier of `import`
 * @param {string} parentURL
 * @param {readonly string[]} conditions
 * @returns {number} index, or MISSING, which includes that the disk has the package first
 */
function importLinked(paths, resolver, specifier, parentURL, conditions) {
  const split = splitBare(specifier);
  if (split === null) return MISSING;
  for (const modules of modulesAbove(paths, parentURL)) {
    const place = paths.path.join(modules, split.name);
    const location = paths.toLocation(place);
    if (location === null) {
      if (existsSync(place)) return MISSING;
      continue;
    }
    const from = fileURLToPath(parentURL);
    const found = resolver.importPackageAt(location, split.subpath, conditions, from);
    if (found !== null) return found;
  }
  return MISSING;
}

/**
 * Look for links that another process has made.
 *
 * @param {Paths} paths
 * @param {string} specifier of `import` that Node does not find
 * @param {string} parentURL
 * @returns {boolean} whether there is one
 */
function findImportLink(paths, specifier, parentURL) {
  if (!parentURL.startsWith('file:')) return false;
  const split = splitBare(specifier);
  if (split === null) {
    const url = URL.canParse(specifier, parentURL) ? new URL(specifier, parentURL) : null;
    return url?.protocol === 'file:' && paths.findDiskLink(fileURLToPath(url));
  }
  return [...modulesAbove(paths, parentURL)].some((modules) =>
    paths.findDiskLink(paths.path.join(modules, split.name)),
  );
}

/** @param {Paths} paths @param {string} parentURL @returns {Generator<string>} nearest first */
function* modulesAbove({ path }, parentURL) {
  if (!parentURL.startsWith('file:')) return;
  let directory = path.dirname(fileURLToPath(parentURL));
  for (;;) {
    yield path.join(directory, 'node_modules');
    const above = path.dirname(directory);
    if (above === directory) return;
    directory = above;
  }
}

module.exports = { requireLinked, importLinked, findImportLink };

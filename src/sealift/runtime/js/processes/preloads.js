'use strict';

/**
 * Loads the scripts of `--require` and `--import` that Node itself does not find, because it loads
 * them before the runtime is installed: those of a process that runs as `node`, of worker threads,
 * and packaged ones that NODE_OPTIONS names.
 */

const Module = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { parse } = require('./node-options.js');
const { parentOf } = require('../paths.js');

/**
 * @typedef {import('../snapshot.js').Snapshot} Snapshot
 * @typedef {{requires: string[], imports: string[]}} Preloads specifiers, in order
 */

/**
 * What worker threads inherit unless they have their own options.
 *
 * @type {{preloads: Preloads, execArgv?: string[]}}
 */
const inherited = { preloads: { requires: [], imports: [] } };

/**
 * Load the scripts, then call a function.
 *
 * @param {Snapshot} snapshot
 * @param {Preloads} preloads
 * @param {() => void} next called at once if nothing is imported
 */
function preload(snapshot, { requires, imports }, next) {
  for (const specifier of requires) {
    requireAt(directoryFor(snapshot, specifier))(specifier);
  }
  if (imports.length === 0) next();
  else importAll(snapshot, imports).then(next);
}

/** @param {Snapshot} snapshot @param {string[]} specifiers */
async function importAll(snapshot, specifiers) {
  const { importFrom } = require('../modules/evaluate.js');
  for (const specifier of specifiers) {
    await importFrom(specifier, directoryFor(snapshot, specifier));
  }
}

/**
 * The directory in which a specifier starts: the working directory, as in Node. That is the
 * project's during development; so if the specifier is not found, it starts in the project.
 *
 * @param {Snapshot} snapshot
 * @param {string} specifier
 * @returns {string}
 */
function directoryFor(snapshot, specifier) {
  const here = process.cwd();
  if (path.isAbsolute(specifier) || URL.canParse(specifier)) return here;
  const project = projectOf(snapshot);
  return !isFound(specifier, here) && isFound(specifier, project) ? project : here;
}

/**
 * @param {Snapshot} snapshot
 * @param {string} specifier of `--require` or `--import`
 * @returns {boolean}
 */
function isPackagedPreload(snapshot, specifier) {
  if (specifier.startsWith('file:')) return snapshot.find(new URL(specifier)) >= 0;
  if (path.isAbsolute(specifier)) return snapshot.find(specifier) >= 0;
  if (URL.canParse(specifier) || Module.isBuiltin(specifier)) return false;
  return directoryFor(snapshot, specifier) !== process.cwd();
}

/**
 * @param {Snapshot} snapshot
 * @param {string} specifier of a packaged script, for `--require` or `--import`
 * @returns {string | null} the same for a copy on the disk, with all that it may need; null: its
 *   source is not packaged
 */
function preloadOnDisk(snapshot, specifier) {
  const isUrl = specifier.startsWith('file:');
  const file = isUrl ? new URL(specifier) : resolved(snapshot, specifier);
  const index = snapshot.find(file);
  if (index < 0 || snapshot.table.hasNoSource(index)) return null;
  const { mirrorOnDisk } = require('../addons/copies.js');
  const copy = path.join(mirrorOnDisk(snapshot), snapshot.table.locationOf(index));
  return isUrl ? pathToFileURL(copy).href : copy;
}

/**
 * @param {Snapshot} snapshot
 * @param {readonly string[]} args of another `node`, which sees the disk only
 * @returns {string[]} with copies of the packaged scripts that it is to preload and to run
 */
function scriptsOnDisk(snapshot, args) {
  const { given, options, rest } = parse(args);
  const end = args.slice(given.length, args.length - rest.length); // `--`
  const preloads = options.flatMap(({ name, value, words }) => {
    const isScript = name === '--require' || name === '--import';
    const copy = isScript ? copyIfPackaged(snapshot, String(value)) : null;
    return copy === null ? words : [name, copy];
  });
  const [script, ...others] = rest;
  const copy = script ? copyIfPackaged(snapshot, script) : null;
  return [...preloads, ...end, ...(copy === null ? rest : [copy, ...others])];
}

/** @param {Snapshot} snapshot @param {string} specifier @returns {string | null} its copy */
function copyIfPackaged(snapshot, specifier) {
  if (!path.isAbsolute(specifier) && !specifier.startsWith('file:')) return null;
  return isPackagedPreload(snapshot, specifier) ? preloadOnDisk(snapshot, specifier) : null;
}

/** @param {Snapshot} snapshot @param {string} specifier @returns {string | undefined} */
function resolved(snapshot, specifier) {
  try {
    return requireAt(directoryFor(snapshot, specifier)).resolve(specifier);
  } catch {
    return undefined; // a package that only `import` may load
  }
}

/** @param {Snapshot} snapshot @returns {string} the directory of the entry's package */
function projectOf(snapshot) {
  const beside = parentOf(snapshot.config.entry);
  return snapshot.paths.fromLocation(snapshot.manifests.nearest(beside)?.directory ?? beside);
}

/**
 * @param {string} specifier
 * @param {string} directory
 * @returns {boolean} whether there is such a package or file, even if only `import` may load it
 */
function isFound(specifier, directory) {
  try {
    requireAt(directory).resolve(specifier);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code !== 'MODULE_NOT_FOUND';
  }
}

/** @param {string} directory @returns {NodeJS.Require} */
function requireAt(directory) {
  return Module.createRequire(path.join(directory, 'noop.js'));
}

module.exports = {
  inherited,
  preload,
  isPackagedPreload,
  preloadOnDisk,
  copyIfPackaged,
  scriptsOnDisk,
};

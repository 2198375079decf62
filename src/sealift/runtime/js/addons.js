'use strict';

/**
 * Lets packaged addons (`.node`) be loaded and packaged programs be run. The system does both from files on
 * the disk only, so the file is written to a private cache first, and with it what it may load from beside
 * it: the rest of its package and the shared libraries of the packages that this one depends on, each in
 * its place.
 *
 * The directory is named by a digest of all that is in it, and each file is compared before it is used: what
 * somebody else has put there is never loaded.
 *
 * Not done: addons beside the executable that were not packaged, and removing what is no longer used.
 */

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { DIRECTORY, FILE } = require('./table.js');
const { join, parentOf, baseName } = require('./paths.js');

/** @typedef {import('./snapshot.js').Snapshot} Snapshot */

const SHARED_LIBRARY = /\.(?:so|dylib|dll)(?:\.\d+)*$/i;

/**
 * @param {Snapshot} snapshot
 * @param {number} addon index; or of a program
 * @returns {string} its path on the disk
 */
function extract(snapshot, addon) {
  const { table } = snapshot;
  const location = table.locationOf(addon);
  const directory = packageOf(location);
  const files = new Set([addon]);
  if (directory !== null) {
    collect(snapshot, directory, files, () => true);
    for (const name of dependenciesOf(snapshot, directory)) {
      const dependency = find(snapshot, directory, name);
      if (dependency !== null) collect(snapshot, dependency, files, (file) => SHARED_LIBRARY.test(file));
    }
  }
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${table.locationOf(file)}\0${table.size(file)}\0`).update(table.bytes(file));
  }
  const base = cacheFor(hash.digest('hex'));
  for (const file of files) write(path.join(base, table.locationOf(file)), table.copy(file), table.mode(file));
  return path.join(base, location);
}

/**
 * @param {string} location
 * @returns {string | null} directory of the package in `node_modules` that it belongs to
 */
function packageOf(location) {
  const marker = '/node_modules/';
  const start = location.lastIndexOf(marker);
  if (start < 0) return null;
  const parts = location.slice(start + marker.length).split('/');
  const name = parts.slice(0, parts[0].startsWith('@') ? 2 : 1).join('/');
  return location.slice(0, start + marker.length) + name;
}

/**
 * @param {Snapshot} snapshot
 * @param {string} directory of a package
 * @returns {string[]} names of the packages that it may load libraries of
 */
function dependenciesOf({ table }, directory) {
  const manifest = table.lookup(join(directory, 'package.json'));
  if (manifest < 0) return [];
  const { dependencies, optionalDependencies } = JSON.parse(table.text(manifest));
  return Object.keys({ ...dependencies, ...optionalDependencies });
}

/**
 * @param {Snapshot} snapshot
 * @param {string} from location
 * @param {string} name of a package
 * @returns {string | null} real location of its directory
 */
function find({ table }, from, name) {
  for (let directory = from; directory !== ''; directory = parentOf(directory)) {
    if (baseName(directory) === 'node_modules') continue;
    const index = table.lookup(join(directory, `node_modules/${name}`));
    if (index >= 0) return table.locationOf(index);
  }
  return null;
}

/**
 * @param {Snapshot} snapshot
 * @param {string} location of a directory
 * @param {Set<number>} files added to
 * @param {(name: string) => boolean} wanted
 */
function collect({ table }, location, files, wanted) {
  const pending = [table.lookup(location)];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    const first = table.firstChild(directory);
    for (let index = first; index < first + table.childCount(directory); index += 1) {
      if (table.kind(index) === DIRECTORY) pending.push(index);
      else if (table.kind(index) === FILE && wanted(table.name(index))) files.add(index);
    }
  }
}

/**
 * @param {string} digest
 * @returns {string} a directory that only this user can write to
 */
function cacheFor(digest) {
  const wanted = process.env.PKG_NATIVE_CACHE_PATH ?? path.join(os.homedir(), '.cache');
  const fallback = path.join(os.tmpdir(), `sealift-${os.userInfo().uid}`);
  for (const base of [wanted, fallback]) {
    const directory = path.join(base, 'pkg', digest);
    try {
      fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
      fs.accessSync(directory, fs.constants.W_OK);
      return directory;
    } catch {
      continue;
    }
  }
  throw new Error(
    `The packaged file cannot be written to ${wanted}: set PKG_NATIVE_CACHE_PATH to a directory that can be written to`,
  );
}

/**
 * @param {string} file
 * @param {Buffer} data
 * @param {number} mode
 */
function write(file, data, mode) {
  try {
    if (fs.readFileSync(file).equals(data)) return;
  } catch {
    // It is not there yet.
  }
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.${Date.now()}`;
  fs.writeFileSync(temporary, data, { mode: mode | 0o700 });
  fs.renameSync(temporary, file);
}

module.exports = { extract };

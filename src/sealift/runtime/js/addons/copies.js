'use strict';

/**
 * Copies of packaged files and directories on the disk, for what sees only the disk: other programs
 * and native code. They are written where addons are (extraction.js), and are the user's own: who
 * changes a copy does not change the package, and the next start writes it again.
 *
 * A directory is copied completely. A file is copied with the files beside it and below, because
 * scripts and pages name those relative to themselves; if these are large, alone. What searches
 * packages gets everything, links included (path-translation.js).
 */

const { DIRECTORY, FILE, Role, SYMLINK } = require('../table.js');
const { join, parentOf, baseName } = require('../paths.js');
const { digestOf, putAnywhere, theExtraction } = require('./load.js');

/** @typedef {import('../snapshot.js').Snapshot} Snapshot */

/** Bytes of files beside a file: writing and comparing them takes less than a tenth of a second. */
const MOST_BESIDE = 64 << 20;

/** In place of scripts that are packaged only as bytecode. */
const NO_SOURCE = Buffer.from('throw new Error("The source of this script is not packaged.");\n');
const NOTHING = Buffer.alloc(0);

/** @type {Map<number, string | null>} */
const copies = new Map();
/** @type {Map<number, string>} */
const single = new Map();
/** @type {string | undefined} */
let mirror;

/**
 * Write a file or a directory to the disk, once in a process.
 *
 * @param {Snapshot} snapshot
 * @param {number} index
 * @returns {string | null} its path; null: there is nothing to write, for example of a script that
 *   is packaged only as bytecode
 */
function copyOnDisk(snapshot, index) {
  const known = copies.get(index);
  if (known !== undefined && (known === null || theExtraction().isThere(known))) return known;
  const copy = write(snapshot, index);
  copies.set(index, copy);
  return copy;
}

/**
 * Write one file to the disk, alone, once in a process.
 *
 * @param {Snapshot} snapshot
 * @param {number} file index
 * @returns {string} its path
 */
function fileOnDisk(snapshot, file) {
  const known = single.get(file);
  if (known !== undefined && theExtraction().isThere(known)) return known;
  const main = snapshot.table.name(file);
  const files = new Map([[main, file]]);
  const bundle = { main, files, digest: digestOf(snapshot.table, files), isData: true };
  const copy = putAnywhere(snapshot, file, bundle, 'read');
  single.set(file, copy);
  return copy;
}

/** @param {Snapshot} snapshot @param {number} index @returns {string | null} */
function write(snapshot, index) {
  const { table } = snapshot;
  const files = filesOf(table, index);
  if (files.size === 0) return null;
  const main = baseName(table.locationOf(index)) || 'snapshot';
  const bundle = { main, files, digest: digestOf(table, files), isData: true };
  return putAnywhere(snapshot, index, bundle, 'read');
}

/**
 * @param {import('../table.js').Table} table
 * @param {number} index
 * @returns {Map<string, number>} files by their paths in the copy; the file or directory itself is
 *   at the top
 */
function filesOf(table, index) {
  const location = table.locationOf(index);
  /** @type {Map<string, number>} */
  const files = new Map();
  if (table.kind(index) === DIRECTORY) {
    collect(table, index, baseName(location) || 'snapshot', files, true);
    return files;
  }
  if (table.hasNoSource(index)) return files;
  collect(table, table.lookup(parentOf(location)), '', files, false);
  let size = 0;
  for (const file of files.values()) size += table.size(file);
  return size > MOST_BESIDE ? new Map([[baseName(location), index]]) : files;
}

/**
 * @param {import('../table.js').Table} table
 * @param {number} top directory
 * @param {string} as its path in the copy
 * @param {Map<string, number>} files added to
 * @param {boolean} withModules whether `node_modules` is included
 */
function collect(table, top, as, files, withModules) {
  /** @type {[number, string][]} */
  const pending = [[top, as]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [directory, path] = next;
    const first = table.firstChild(directory);
    for (let index = first; index < first + table.childCount(directory); index += 1) {
      const name = table.name(index);
      const isLink = table.kind(index) === SYMLINK;
      const file = isLink ? table.lookup(join(table.locationOf(directory), name)) : index;
      if (file < 0) continue;
      if (table.kind(file) === FILE && !table.hasNoSource(file)) files.set(join(path, name), file);
      // A link to a directory may lead to one above it.
      const isWanted = !isLink && (withModules || name !== 'node_modules');
      if (table.kind(file) === DIRECTORY && isWanted) pending.push([file, join(path, name)]);
    }
  }
}

/**
 * Write all packaged files to the disk, once in a process. Addons are empty there: they are loaded
 * from elsewhere.
 *
 * @param {Snapshot} snapshot
 * @returns {string} path of the copy of the mount point
 */
function mirrorOnDisk(snapshot) {
  if (mirror !== undefined && theExtraction().isThere(mirror)) return mirror;
  const { table } = snapshot;
  const main = 'snapshot';
  /** @type {Map<string, number>} */
  const files = new Map();
  /** @type {Map<string, string>} */
  const links = new Map();
  /** @type {[number, string][]} */
  const pending = [[0, main]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [directory, path] = next;
    const first = table.firstChild(directory);
    for (let index = first; index < first + table.childCount(directory); index += 1) {
      const name = join(path, table.name(index));
      const kind = table.kind(index);
      if (kind === FILE) files.set(name, index);
      else if (kind === SYMLINK) links.set(name, table.linkTarget(index));
      else pending.push([index, name]);
    }
  }
  const digest = digestOf(table, files);
  mirror = putAnywhere(
    snapshot,
    0,
    { main, files, links, digest, isData: true, contentOf },
    'read',
  );
  return mirror;

  /** @param {number} file @returns {Buffer} */
  function contentOf(file) {
    if (table.hasNoSource(file)) return NO_SOURCE;
    return table.role(file) === Role.ADDON ? NOTHING : table.bytes(file);
  }
}

module.exports = { copyOnDisk, fileOnDisk, mirrorOnDisk };

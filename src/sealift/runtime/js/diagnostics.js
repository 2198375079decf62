'use strict';

/**
 * What an executable that was built with `--debug` prints if DEBUG_PKG is set, in the format of
 * npm's pkg: its packaged files with their sizes, those above a limit again, and for DEBUG_PKG=2
 * each call of a function of `fs`.
 */

const { syncBuiltinESMExports } = require('node:module');

const MIB = 1024 * 1024;
const UNITS = ['Bytes', 'KB', 'MB', 'GB', 'TB'];
const RULE = '-------------------------------';
const NAME_WIDTH = 40;
const SIZE_WIDTH = 10;
const CALLBACK_OR_SYNC = [
  ...['access', 'close', 'exists', 'fstat', 'lstat', 'open', 'read', 'readFile', 'readdir'],
  ...['realpath', 'stat', 'write'],
];
const PROMISES = [
  ...['access', 'copyFile', 'lstat', 'open', 'readFile', 'readdir', 'realpath', 'stat'],
];

/** @param {number} bytes */
function human(bytes) {
  if (bytes === 0) return 'n/a';
  const power = Math.floor(Math.log(bytes) / Math.log(1024));
  return power === 0
    ? `${bytes} ${UNITS[0]}`
    : `${(bytes / 1024 ** power).toFixed(1)} ${UNITS[power]}`;
}

/** @param {string} name of a variable @param {number} otherwise @returns {number} bytes */
function limit(name, otherwise) {
  const given = Number.parseInt(process.env[name] ?? '', 10);
  return Number.isNaN(given) ? otherwise : given;
}

class Listing {
  /** @type {string[]} */ lines = [];
  /** @type {string[]} files and directories above their limits */ large = [];
  #fileLimit = limit('SIZE_LIMIT_PKG', 5 * MIB);
  #folderLimit = limit('FOLDER_LIMIT_PKG', 10 * MIB);
  #fs;
  #path;

  /** @param {typeof import('node:fs')} fs @param {import('node:path').PlatformPath} path */
  constructor(fs, path) {
    this.#fs = fs;
    this.#path = path;
  }

  /**
   * Add what a directory holds.
   *
   * @param {string} directory
   * @param {number} level
   * @returns {number} the size of its files in bytes
   */
  add(directory, level) {
    let total = 0;
    for (const name of this.#fs.readdirSync(directory)) {
      total += this.#addEntry(this.#path.join(directory, name), name, level);
    }
    return total;
  }

  /** @param {string} path @param {string} name @param {number} level @returns {number} its size */
  #addEntry(path, name, level) {
    const status = this.#fs.lstatSync(path);
    const target = status.isSymbolicLink() ? this.#fs.readlinkSync(path) : '';
    const start = `${' '.repeat(level * 2)}${name}`.padEnd(NAME_WIDTH);
    const at = this.lines.length;
    const atLarge = this.large.length;
    const isDirectory = status.isDirectory();
    const size = isDirectory ? this.add(path, level + 1) : status.size;
    const line = `${start}${human(size).padStart(SIZE_WIDTH)}${target ? `=> ${target}` : ' '}`;
    this.lines.splice(at, 0, line);
    if (size > (isDirectory ? this.#folderLimit : this.#fileLimit)) {
      this.large.splice(isDirectory ? atLarge : this.large.length, 0, line);
    }
    return size;
  }
}

/** @param {any} object @param {string} name of a function, which prints its calls from now on */
function announce(object, name) {
  const original = object[name];
  if (typeof original !== 'function') return;
  let announcing = false;
  /** @this {any} @param {any[]} given */
  function announced(...given) {
    if (!announcing) {
      announcing = true; // printing may use the same function
      try {
        console.log(
          `fs.${name}`,
          given.filter((value) => typeof value === 'string'),
        );
      } finally {
        announcing = false;
      }
    }
    return original.apply(this, given);
  }
  object[name] = Object.assign(announced, original);
}

/** @param {import('./snapshot.js').Snapshot} snapshot */
function printDiagnostics({ paths }) {
  // The program's own: it sees packaged files.
  const fs = process.getBuiltinModule('fs');
  const listing = new Listing(fs, paths.path);
  const total = listing.add(paths.mountPoint, 1);
  console.log(`${RULE} virtual file system`);
  console.log(paths.mountPoint);
  console.log(listing.lines.join('\n'));
  console.log('Total size = ', human(total));
  if (listing.large.length > 0) {
    console.log(`${RULE} oversized files`);
    console.log(listing.large.join('\n'));
  }
  if (process.env.DEBUG_PKG !== '2') return;
  for (const name of CALLBACK_OR_SYNC) {
    announce(fs, name);
    announce(fs, `${name}Sync`);
  }
  const promises = process.getBuiltinModule('fs/promises');
  for (const name of PROMISES) announce(promises, name);
  syncBuiltinESMExports();
}

module.exports = { printDiagnostics };

'use strict';

/**
 * Node's own modules whose native code opens files itself: `node:sqlite` and `node:wasi`. They get a
 * copy of a packaged file or directory (copies.js). A packaged database is opened for reading only,
 * as from a read-only disk: SQLite itself rejects writes.
 */

const { fileURLToPath } = require('node:url');
const { FILE } = require('../table.js');
const { copyOnDisk } = require('./copies.js');

/** @typedef {import('../snapshot.js').Snapshot} Snapshot */

/** @param {Snapshot} snapshot */
function installSqlite(snapshot) {
  /** @type {any} */
  const sqlite = require('node:sqlite');
  const { DatabaseSync } = sqlite;

  class PackagedDatabaseSync extends DatabaseSync {
    /** @param {unknown} path @param {any} [options] */
    constructor(path, options) {
      const copy = databaseOnDisk(snapshot, path);
      if (copy === null) {
        super(relocated(snapshot, path), ...(options === undefined ? [] : [options]));
      } else super(copy, { ...options, readOnly: true });
    }

    /** @param {unknown} path @param {unknown[]} rest */
    loadExtension(path, ...rest) {
      const index = snapshot.find(path);
      const { extract } = require('./load.js');
      return super.loadExtension(index < 0 ? path : extract(snapshot, index), ...rest);
    }
  }

  Object.defineProperty(PackagedDatabaseSync, 'name', { value: 'DatabaseSync' });
  sqlite.DatabaseSync = PackagedDatabaseSync;
}

/**
 * @param {Snapshot} snapshot
 * @param {unknown} path string, Buffer or URL; SQLite also accepts URLs as text
 * @returns {string | null} path of a copy; null: it is not a packaged file
 */
function databaseOnDisk(snapshot, path) {
  const file = typeof path === 'string' && path.startsWith('file:') ? fromUrl(path) : path;
  const index = isName(path) ? -1 : snapshot.find(file);
  return index < 0 || snapshot.table.kind(index) !== FILE ? null : copyOnDisk(snapshot, index);
}

/** @param {string} text @returns {string} */
function fromUrl(text) {
  try {
    return fileURLToPath(text);
  } catch {
    return text;
  }
}

/** @param {unknown} path @returns {boolean} whether SQLite does not open a file */
function isName(path) {
  return path === '' || path === ':memory:';
}

/**
 * @template T
 * @param {Snapshot} snapshot
 * @param {T} path
 * @returns {T | string} what native code must receive for a path that is not packaged
 */
function relocated({ paths }, path) {
  return isName(path) || String(path).startsWith('file:') ? path : paths.onDisk(path);
}

/** @param {Snapshot} snapshot */
function installWasi(snapshot) {
  /** @type {any} */
  const wasi = require('node:wasi');
  const { WASI } = wasi;

  class PackagedWasi extends WASI {
    /** @param {any} [options] */
    constructor(options) {
      const preopens = options?.preopens;
      const isMap = typeof preopens === 'object' && preopens !== null;
      super(isMap ? { ...options, preopens: directoriesOnDisk(snapshot, preopens) } : options);
    }
  }

  Object.defineProperty(PackagedWasi, 'name', { value: 'WASI' });
  wasi.WASI = PackagedWasi;
}

/**
 * @param {Snapshot} snapshot
 * @param {Record<string, unknown>} preopens
 * @returns {Record<string, unknown>} with copies of packaged directories
 */
function directoriesOnDisk(snapshot, preopens) {
  return Object.fromEntries(
    Object.entries(preopens).map(([name, directory]) => {
      const index = snapshot.find(directory);
      const copy = index < 0 ? null : copyOnDisk(snapshot, index);
      return [name, copy ?? snapshot.paths.onDisk(directory)];
    }),
  );
}

module.exports = { installSqlite, installWasi };

'use strict';

/**
 * Node's own modules whose native code reads files itself: `node:sqlite`, `node:wasi` and
 * `node:http2`. They get a copy of a packaged file or directory (copies.js). A packaged database is
 * opened for reading only, as from a read-only disk: SQLite itself rejects writes.
 */

const fs = require('node:fs');
const { fileURLToPath } = require('node:url');
const { replaceFunction } = require('../node-internals.js');
const { FILE } = require('../table.js');
const { copyOnDisk, fileOnDisk } = require('./copies.js');
const { openCopy } = require('./real-descriptors.js');

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

/** @param {Snapshot} snapshot */
function installHttp2(snapshot) {
  const http2 = require('node:http2');
  let isReplaced = false;
  for (const name of ['createServer', 'createSecureServer']) {
    replaceFunction(http2, name, (original) => (...given) => {
      const server = original(...given);
      // Node does not export the class of the streams.
      server.prependOnceListener('stream', (/** @type {unknown} */ stream) => {
        if (!isReplaced) replaceResponses(snapshot, Object.getPrototypeOf(stream));
        isReplaced = true;
      });
      return server;
    });
  }
}

/**
 * @param {Snapshot} snapshot
 * @param {object} prototype of the server's streams
 */
function replaceResponses(snapshot, prototype) {
  replaceFunction(
    prototype,
    'respondWithFile',
    (original) =>
      /** @this {unknown} @param {any[]} given */
      function respondWithFile(...given) {
        const [path, headers, options] = given;
        const file = snapshot.find(path);
        const { table } = snapshot;
        if (file < 0 || table.kind(file) !== FILE || table.hasNoSource(file)) {
          return Reflect.apply(original, this, given);
        }
        const stats = () => fs.statSync(path);
        const shown = withStats(this, options, stats);
        return Reflect.apply(original, this, [fileOnDisk(snapshot, file), headers, shown]);
      },
  );
  replaceFunction(
    prototype,
    'respondWithFD',
    (original) =>
      /** @this {import('node:http2').ServerHttp2Stream} @param {any[]} given */
      function respondWithFD(...given) {
        const [handle, headers, options] = given;
        const descriptor = typeof handle === 'number' ? handle : handle?.fd;
        const real = openCopy(snapshot, descriptor);
        if (real === undefined) return Reflect.apply(original, this, given);
        this.once('close', () => fs.closeSync(real));
        const stats = () => fs.fstatSync(descriptor);
        return Reflect.apply(original, this, [real, headers, withStats(this, options, stats)]);
      },
  );
}

/**
 * @param {unknown} stream
 * @param {any} options of a response
 * @param {() => fs.Stats} stats of the packaged file, which `statCheck` gets
 * @returns {any}
 */
function withStats(stream, options, stats) {
  const check = options?.statCheck;
  if (typeof check !== 'function') return options;
  const statCheck = (/** @type {unknown} */ _, /** @type {unknown[]} */ ...rest) =>
    Reflect.apply(check, stream, [stats(), ...rest]);
  return { ...options, statCheck };
}

module.exports = { installSqlite, installWasi, installHttp2 };

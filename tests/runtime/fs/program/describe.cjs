'use strict';

// Makes values comparable: as JSON, without what differs between any two copies of a tree.

const fs = require('node:fs');
const { createHash } = require('node:crypto');

/** Replaces the places where the tree and the output lie. */
class Places {
  #names;

  constructor(root, out) {
    this.#names = [
      [root, '<root>'],
      [root.slice(0, root.lastIndexOf('/')), '<program>'],
      [out, '<out>'],
    ];
  }

  hide(text) {
    // The advice about a missing packaged file, which plain Node does not give; another test reads it.
    text = text.replace(/\nIt was not included into executable at compilation stage\. .* build again\./, '');
    for (const [place, name] of this.#names) text = text.replaceAll(place, name);
    // Node cuts long values off.
    text = text.replace(/Received type string \('.*\.\.\.'\)/, 'Received a long string');
    return text.replace(/(mkdtemp '.*)[A-Za-z0-9]{6}'/, "$1??????'");
  }
}

function describe(value, places) {
  if (value === undefined) return 'undefined';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return places.hide(value);
  if (typeof value === 'symbol' || typeof value === 'function') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describeError(value, places);
  if (value instanceof Uint8Array) return describeBytes(value, places);
  if (value instanceof fs.Dirent) return describeDirent(value, places);
  if (typeof value.isSymbolicLink === 'function') return describeStats(value);
  // How full a file system is changes from one moment to the next.
  if (value.constructor?.name === 'StatFs') return Object.entries(value).map(([key, item]) => `${key} ${typeof item}`);
  if (Array.isArray(value)) return value.map((item) => describe(item, places));
  const fields = Object.entries(value).map(([key, item]) => [key, describe(item, places)]);
  return Object.fromEntries(fields);
}

function describeError(error, places) {
  const { name, message } = error;
  const fields = {};
  for (const key of Object.keys(error)) {
    if (key === 'info') fields[key] = describe({ ...error.info }, places);
    else fields[key] = key === 'path' && error.syscall === 'mkdtemp' ? '?' : describe(error[key], places);
  }
  if (error.code !== undefined) fields.code = error.code;
  const kind = Object.prototype.toString.call(error);
  return { error: name, kind, message: places.hide(message), fields: Object.entries(fields) };
}

function describeBytes(bytes, places) {
  const kind = bytes.constructor.name;
  if (bytes.length > 200) {
    return { kind, length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  }
  const text = Buffer.from(bytes).toString('latin1');
  return { kind, text: places.hide(text) };
}

function describeDirent(entry, places) {
  const { name, parentPath } = entry;
  const tests = ['isFile', 'isDirectory', 'isSymbolicLink', 'isFIFO', 'isSocket', 'isBlockDevice'];
  return {
    dirent: describe(name, places),
    parentPath: describe(parentPath, places),
    path: describe(entry.path, places),
    keys: Object.keys(entry),
    is: tests.filter((test) => entry[test]()),
  };
}

function describeStats(stats) {
  const tests = ['isFile', 'isDirectory', 'isSymbolicLink', 'isFIFO', 'isSocket', 'isBlockDevice', 'isCharacterDevice'];
  const own = stats.isDirectory() ? 0 : describe(stats.size);
  return {
    stats: Object.getPrototypeOf(stats).constructor.name,
    instance: stats instanceof fs.Stats,
    keys: Object.keys(stats),
    types: Object.values({ ...stats }).map((field) => typeof field),
    is: tests.filter((test) => stats[test]()),
    mode: Number(stats.mode).toString(8),
    size: own,
    blksize: describe(stats.blksize),
    rdev: describe(stats.rdev),
    ids: Number(stats.ino) > 0 && Number(stats.dev) > 0,
    dates: [stats.atime, stats.mtime, stats.ctime, stats.birthtime].map(
      (date, index) => date instanceof Date && date.getTime() === Math.round(Number(Object.values(stats)[10 + index])),
    ),
  };
}

module.exports = { Places, describe };

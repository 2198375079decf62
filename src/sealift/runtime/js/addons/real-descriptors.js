'use strict';

/**
 * Descriptors of packaged files for what uses them without `fs`: children and the native code of
 * `node:http2`. A packaged descriptor is one of the null device; these are of a copy on the disk.
 */

const fs = require('node:fs');
const { FILE } = require('../table.js');
const { fileOnDisk } = require('./copies.js');

/** @typedef {import('../snapshot.js').Snapshot} Snapshot */

const STEP = 1 << 16;

/**
 * Open a copy of an open packaged file, at the position to which the program has read it.
 *
 * @param {Snapshot} snapshot
 * @param {unknown} descriptor
 * @returns {number | undefined} to be closed by the caller; undefined: that is not a packaged file
 */
function openCopy(snapshot, descriptor) {
  const file = snapshot.descriptors.get(/** @type {number} */ (descriptor));
  if (file === undefined || snapshot.table.kind(file.index) !== FILE) return undefined;
  const real = fs.openSync(fileOnDisk(snapshot, file.index), 'r');
  const buffer = Buffer.allocUnsafe(STEP);
  for (let left = file.position; left > 0;) {
    const count = fs.readSync(real, buffer, 0, Math.min(left, STEP), null);
    if (count === 0) break;
    left -= count;
  }
  return real;
}

/**
 * Call a function with the `stdio` of a child, in which packaged descriptors are replaced.
 *
 * @template T
 * @param {Snapshot} snapshot
 * @param {any[]} stdio as the program has given it, or as Node gives it to its native code
 * @param {(stdio: unknown) => T} start
 * @returns {T}
 */
function withRealStdio(snapshot, stdio, start) {
  /** @type {number[]} */
  const opened = [];
  try {
    return start(
      stdio.map((one) => {
        const real = openCopy(snapshot, typeof one === 'number' ? one : one?.fd);
        if (real === undefined) return one;
        opened.push(real);
        return one?.type === 'fd' ? { ...one, fd: real } : real;
      }),
    );
  } finally {
    // The child has its own by then.
    for (const descriptor of opened) fs.closeSync(descriptor);
  }
}

module.exports = { openCopy, withRealStdio };

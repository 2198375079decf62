'use strict';

/**
 * The parts of the payload. Each is compared with its checksum when it is first used
 * (`sealift/checksums`, docs/payload-format.md), so damage ends the process with one sentence.
 *
 * main.js checks the part that contains this module. Node before 20.15 and 22.2 has no CRC-32: there
 * nothing is checked.
 */

const { getRawAsset } = require('node:sea');

/** @typedef {(bytes: Uint8Array, value: number) => number} Crc32 */

/** Native CRC-32; older releases of Node have none. @type {Crc32 | undefined} */
let crc32;

/** By key. @type {Record<string, number>} */
let checksums = {};

/**
 * @param {Crc32 | undefined} native
 * @param {Record<string, number>} stored `sealift/checksums`
 */
function useChecksums(native, stored) {
  crc32 = native;
  checksums = stored;
}

/**
 * Return a part of the payload.
 *
 * @param {string} key
 * @returns {ArrayBuffer} read-only memory
 */
function asset(key) {
  const content = optionalAsset(key);
  return content === undefined ? damaged(key) : content;
}

/**
 * @param {string} key
 * @returns {ArrayBuffer | undefined} undefined if this executable does not have it
 */
function optionalAsset(key) {
  const content = rawAsset(key);
  if (content === undefined) return undefined;
  if (Object.hasOwn(checksums, key)) check(new Uint8Array(content), checksums[key], key);
  return content;
}

/**
 * @param {string} key
 * @returns {ArrayBuffer | undefined} not checked; undefined if this executable does not have it
 */
function rawAsset(key) {
  try {
    return getRawAsset(key);
  } catch {
    return Object.hasOwn(checksums, key) ? damaged(key) : undefined;
  }
}

/**
 * Open an asset that has several parts (`sealift/runtime/modules`, docs/payload-format.md).
 *
 * @param {string} key
 * @returns {(name: string) => Buffer | undefined} returns a part, which is checked, if the asset has
 *   it
 */
function parts(key) {
  const all = rawAsset(key);
  if (all === undefined) return () => undefined;
  const content = Buffer.from(all);
  let start = 4;
  /** @type {Record<string, [offset: number, length: number, checksum: number]>} */
  let places;
  try {
    start += content.readUInt32LE(0);
    places = JSON.parse(content.toString('latin1', 4, start));
  } catch {
    return damaged(key);
  }
  return (name) => {
    if (!Object.hasOwn(places, name)) return undefined;
    const [offset, length, checksum] = places[name];
    const part = content.subarray(start + offset, start + offset + length);
    check(part, checksum, name);
    return part;
  };
}

/** @param {string} key @returns {boolean} whether this executable has that part */
function hasAsset(key) {
  return Object.hasOwn(checksums, key);
}

/**
 * @param {Uint8Array} content
 * @param {number} checksum that it must have
 * @param {string} name for the message
 */
function check(content, checksum, name) {
  if (!isUndamaged(content, checksum)) damaged(name);
}

/**
 * @param {Uint8Array} content
 * @param {number} checksum
 * @returns {boolean} whether the content has this CRC-32; true if this Node has no CRC-32
 */
function isUndamaged(content, checksum) {
  return crc32 === undefined || crc32(content, 0) === checksum;
}

/**
 * End the process: the executable may be damaged in other places too.
 *
 * @param {string} name of the part
 * @returns {never}
 */
function damaged(name) {
  // Not in messages.js, which may be the damaged part.
  const text =
    `sealift: ${process.execPath} is damaged: the checksum of ${name} is wrong. Copy or download ` +
    'the executable again.\n';
  require('node:fs').writeSync(2, text);
  process.exit(1);
}

module.exports = {
  useChecksums,
  asset,
  optionalAsset,
  parts,
  hasAsset,
  isUndamaged,
  damaged,
};

'use strict';

/** Decompress what the payload holds. docs/payload-format.md has the codecs. */

const zlib = require('node:zlib');

/** @typedef {(bytes: Uint8Array, options: import('node:zlib').ZlibOptions) => Buffer} Algorithm */

/** By codec. @type {Record<number, Algorithm>} */
const ALGORITHMS = {
  1: zlib.inflateSync,
  2: zlib.brotliDecompressSync,
  3: /** @type {any} */ (zlib).zstdDecompressSync,
};

/**
 * @param {number} codec
 * @param {Uint8Array} stored bytes whose checksum is right
 * @param {number} size of the content
 * @returns {Buffer}
 */
function decompress(codec, stored, size) {
  // One byte more than needed: if the content filled the first chunk, zlib would make another.
  return ALGORITHMS[codec](stored, { chunkSize: Math.max(size + 1, 64) });
}

module.exports = { decompress };

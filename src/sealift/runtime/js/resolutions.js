'use strict';

/** What the build has found for the specifiers of packaged files (`sealift/links`). */

/** Size of a file's record in `sealift/table`, in bytes. */
const RECORD_SIZE = 56;

/**
 * @typedef {{require?: Record<string, number | null>, import?: Record<string, number | null>}}
 *   Stored
 */

/** @type {Stored} */
const NOTHING = Object.freeze({});

class Resolutions {
  #records;
  #links;
  /** @type {Map<number, Stored>} */ #parsed = new Map();

  /** @param {DataView} records of `sealift/table` @param {ArrayBufferLike} links */
  constructor(records, links) {
    this.#records = records;
    this.#links = Buffer.from(links);
  }

  /** @param {number} file @returns {boolean} whether it has any */
  has(file) {
    return this.#records.getUint32(file * RECORD_SIZE + 44, true) !== 0;
  }

  /**
   * @param {number} file
   * @param {'require' | 'import'} kind
   * @param {string} specifier
   * @returns {number | null | undefined} index; null: known not to resolve; undefined: not stored
   */
  get(file, kind, specifier) {
    const stored = this.#of(file)[kind];
    return stored !== undefined && Object.hasOwn(stored, specifier) ? stored[specifier] : undefined;
  }

  /** @param {number} file @returns {Stored} */
  #of(file) {
    const known = this.#parsed.get(file);
    if (known !== undefined) return known;
    const at = file * RECORD_SIZE;
    const start = this.#records.getUint32(at + 40, true);
    const length = this.#records.getUint32(at + 44, true);
    const text = this.#links.toString('utf8', start, start + length);
    const stored = text === '' ? NOTHING : /** @type {Stored} */ (JSON.parse(text));
    this.#parsed.set(file, stored);
    return stored;
  }
}

module.exports = { RECORD_SIZE, Resolutions };

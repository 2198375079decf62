'use strict';

/**
 * `fs.Stats`, `fs.StatFs` and the like for packaged files. What a packaged file does not have (owner,
 * times) is the executable's. Their classes cannot be called without a warning or at all, so what is
 * made here takes its prototype from an object that Node made for the executable itself.
 */

const { constants } = require('node:fs');
const { DIRECTORY, SYMLINK } = require('./table.js');

const BLOCK = 4096;
/** More than 32 bits, so it is no real device: nothing packaged is ever "the same file" as a real one. */
const DEVICE = 0x5ea11f7000;

const TIMES = /** @type {const} */ (['atime', 'mtime', 'ctime', 'birthtime']);

class StatsMaker {
  #table;
  #real;
  #windows;
  /** @type {import('node:fs').Stats | undefined} */ #executable;
  /** @type {import('node:fs').BigIntStats | undefined} */ #bigExecutable;

  /**
   * @param {import('./table.js').Table} table
   * @param {{statSync: typeof import('node:fs').statSync, statfsSync: typeof import('node:fs').statfsSync}} real
   * @param {boolean} windows
   */
  constructor(table, real, windows) {
    this.#table = table;
    this.#real = real;
    this.#windows = windows;
  }

  /**
   * @param {number} index
   * @param {boolean} bigint
   * @returns {import('node:fs').Stats | import('node:fs').BigIntStats}
   */
  stats(index, bigint) {
    this.#executable ??= this.#real.statSync(process.execPath);
    const like = this.#executable;
    const size = this.#size(index);
    /** @type {Record<string, number | bigint>} */
    const fields = {
      dev: DEVICE,
      mode: this.#mode(index),
      nlink: 1,
      uid: like.uid,
      gid: like.gid,
      rdev: 0,
      blksize: BLOCK,
      ino: index + 1,
      size,
      blocks: this.#table.kind(index) === SYMLINK ? 0 : Math.ceil(size / BLOCK) * (BLOCK / 512),
    };
    if (!bigint) {
      const result = Object.assign(Object.create(Object.getPrototypeOf(like)), fields);
      for (const time of TIMES) result[`${time}Ms`] = like[`${time}Ms`];
      return result;
    }
    this.#bigExecutable ??= this.#real.statSync(process.execPath, { bigint: true });
    const big = this.#bigExecutable;
    const result = Object.create(Object.getPrototypeOf(big));
    for (const [name, value] of Object.entries(fields)) result[name] = BigInt(value);
    for (const time of TIMES) result[`${time}Ms`] = big[`${time}Ms`];
    for (const time of TIMES) result[`${time}Ns`] = big[`${time}Ns`];
    return result;
  }

  /**
   * A full, read-only file system, as large as the one that holds the executable.
   *
   * @param {boolean} bigint
   */
  statfs(bigint) {
    const result = /** @type {any} */ (
      this.#real.statfsSync(process.execPath, /** @type {any} */ ({ bigint }))
    );
    const none = bigint ? 0n : 0;
    return Object.assign(result, { bfree: none, bavail: none, ffree: none });
  }

  /** @param {number} index @returns {number} bytes */
  #size(index) {
    if (this.#table.kind(index) === DIRECTORY) return this.#windows ? 0 : BLOCK;
    return this.#table.size(index);
  }

  /** @param {number} index @returns {number} type and permission bits */
  #mode(index) {
    const kind = this.#table.kind(index);
    if (kind === SYMLINK) return constants.S_IFLNK | 0o777;
    const type = kind === DIRECTORY ? constants.S_IFDIR : constants.S_IFREG;
    // Windows has no permission bits; libuv makes these up.
    return type | (this.#windows ? 0o666 : this.#table.mode(index));
  }
}

module.exports = { StatsMaker };

'use strict';

/**
 * `fs.Stats`, `fs.StatFs` and the like for packaged files, with owner and times of the executable.
 * Their classes cannot be called, or only with a warning. So the objects take their prototype from
 * an object that Node has created for the executable.
 */

const { constants, existsSync } = require('node:fs');
const { devNull } = require('node:os');
const { DIRECTORY, SYMLINK } = require('../table.js');

const BLOCK = 4096;
/**
 * More than 32 bits, so not a real device: a packaged file is never "the same file" as a real one.
 */
const DEVICE = 0x5ea11f7000;

const TIMES = /** @type {const} */ (['atime', 'mtime', 'ctime', 'birthtime']);

/** @type {Map<object, any>} */
const shapes = new Map();

/**
 * Return a constructor whose objects have the fields of `fs.Stats` in Node's order and the
 * prototype of another object. (`Object.create` and `Object.assign` take three times as long.)
 *
 * @param {object} like
 * @returns {any}
 */
function shapeLike(like) {
  const prototype = Object.getPrototypeOf(like);
  let shape = shapes.get(prototype);
  if (shape === undefined) {
    /**
     * @this {any}
     * @param {any[]} args
     */
    shape = function (...args) {
      const [dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks, times] = args;
      this.dev = dev;
      this.mode = mode;
      this.nlink = nlink;
      this.uid = uid;
      this.gid = gid;
      this.rdev = rdev;
      this.blksize = blksize;
      this.ino = ino;
      this.size = size;
      this.blocks = blocks;
      this.atimeMs = times.atimeMs;
      this.mtimeMs = times.mtimeMs;
      this.ctimeMs = times.ctimeMs;
      this.birthtimeMs = times.birthtimeMs;
    };
    shape.prototype = prototype;
    shapes.set(prototype, shape);
  }
  return shape;
}

/**
 * In Node 20 the dates are fields, not computed on access.
 *
 * @param {any} stats
 * @param {object} like
 * @returns {any}
 */
function withDates(stats, like) {
  if (!Object.hasOwn(like, 'atime')) return stats;
  for (const time of TIMES) stats[time] = new Date(Math.round(Number(stats[`${time}Ms`])));
  return stats;
}

class StatsMaker {
  #table;
  #real;
  #windows;
  /** @type {import('node:fs').Stats | undefined} */ #executable;
  /** @type {any} */ #bigExecutable;

  /**
   * @param {import('../table.js').Table} table
   * @param {{statSync: typeof import('node:fs').statSync, statfsSync: typeof
   *   import('node:fs').statfsSync}} real
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
    this.#executable ??= this.#statExecutable(false);
    const like = /** @type {import('node:fs').Stats} */ (this.#executable);
    const size = this.#size(index);
    const blocks =
      this.#table.kind(index) === SYMLINK ? 0 : Math.ceil(size / BLOCK) * (BLOCK / 512);
    const mode = this.#mode(index);
    if (!bigint) {
      const make = shapeLike(like);
      const { uid, gid } = like;
      return withDates(
        new make(DEVICE, mode, 1, uid, gid, 0, BLOCK, index + 1, size, blocks, like),
        like,
      );
    }
    this.#bigExecutable ??= this.#statExecutable(true);
    const big = this.#bigExecutable;
    const numbers = [DEVICE, mode, 1, like.uid, like.gid, 0, BLOCK, index + 1, size, blocks];
    const result = new (shapeLike(big))(...numbers.map(BigInt), big);
    for (const time of TIMES) result[`${time}Ns`] = big[`${time}Ns`];
    return withDates(result, big);
  }

  /**
   * @param {boolean} bigint
   * @returns {any} of the executable, or of the null device if the executable has been removed
   */
  #statExecutable(bigint) {
    const options = /** @type {any} */ ({ bigint, throwIfNoEntry: false });
    return (
      this.#real.statSync(process.execPath, options) ?? this.#real.statSync(devNull, { bigint })
    );
  }

  /**
   * A full, read-only file system, as large as the one that holds the executable.
   *
   * @param {boolean} bigint
   */
  statfs(bigint) {
    const result = /** @type {any} */ (
      this.#real.statfsSync(
        existsSync(process.execPath) ? process.execPath : '/',
        /** @type {any} */ ({ bigint }),
      )
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
    // Windows has no permission bits; libuv reports these.
    return type | (this.#windows ? 0o666 : this.#table.mode(index));
  }
}

module.exports = { StatsMaker };

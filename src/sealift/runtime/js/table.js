'use strict';

/**
 * The packaged file table. Reads `sealift/table`, `sealift/links` and `sealift/files` in place:
 * nothing is parsed or copied at start, for any number of files. docs/payload-format.md describes
 * the layout.
 *
 * The number of a record is its index; 0 is the mount point. A failed lookup returns a negative
 * number: MISSING, NOT_A_DIRECTORY, LOOP or NAME_TOO_LONG (`errorCode` returns Node's name for it).
 *
 * The assets are memory that the operating system has mapped read-only. A write to it kills the
 * process. So only the runtime reads `bytes`; programs receive a `copy`.
 */

const { RECORD_SIZE, Resolutions } = require('./resolutions.js');

const HEADER_SIZE = 16;
const MAGIC = 0x32544c53;
const TWO_POW_32 = 0x100000000;
const MAX_LINKS = 40;
const MANY = 10_000;

/** Characters of paths and names that are certainly not too long. */
const LONG = 200;
const SHORT = 60;
/** Bytes that the kernel accepts, of a location and of a name. */
const LONGEST = ({ linux: 4095, win32: 32_767 }[String(process.platform)] ?? 1023) - 10;
const NAME_MAX = process.platform === 'win32' ? Infinity : 255;

const DIRECTORY = 0;
const FILE = 1;
const SYMLINK = 2;

const FLAG_ASCII = 1;
const FLAG_NO_SOURCE = 2;
const FLAG_WRAPPED = 4;

const MISSING = -1;
const NOT_A_DIRECTORY = -2;
const LOOP = -3;
const NAME_TOO_LONG = -4;

const ERROR_CODES = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'];

/**
 * What compares a file's content with its checksum, and what ends the process if it is another.
 * @typedef {{isUndamaged: (content: Uint8Array, checksum: number) => boolean,
 *   damaged: (name: string) => never}} Check
 */

class Table {
  /** @type {DataView} */ #records;
  /** @type {Buffer} */ #names;
  /** @type {Buffer} */ #files;
  /** @type {Map<string, number>} by path, links followed */ #followed = new Map();
  /** @type {Map<number, string>} */ #locations = new Map([[0, '']]);
  /** @type {Check | undefined} */ #check;
  /** @type {Set<number>} files whose checksum was right */ #checked = new Set();
  /** @type {Map<number, Buffer>} by the offset of its stored bytes */ #decompressed = new Map();

  /**
   * @param {ArrayBufferLike} table
   * @param {ArrayBufferLike} links
   * @param {ArrayBufferLike} files
   * @param {Check} [check]
   */
  constructor(table, links, files, check) {
    const header = new DataView(table, 0, HEADER_SIZE);
    if (header.getUint32(0, true) !== MAGIC) {
      throw new Error(require('./messages.js').TABLE_UNKNOWN);
    }
    /** What replaces missing source now. @type {(file: number) => string | undefined} */
    this.standInFor = () => undefined;
    /** Number of records. */
    this.length = header.getUint32(4, true);
    this.#records = new DataView(table, HEADER_SIZE, this.length * RECORD_SIZE);
    this.#names = Buffer.from(table, header.getUint32(8, true), header.getUint32(12, true));
    /** What the build has found for specifiers. */
    this.resolutions = new Resolutions(this.#records, links);
    this.#files = Buffer.from(files);
    this.#check = check;
  }

  /**
   * Find the record of a path like the kernel: component by component, following every link before
   * the last component, and the last one too if `follow`. The path may contain empty components,
   * `.` and `..`; `a/` means a directory.
   *
   * @param {string} location path relative to the mount point, `/` between components
   * @param {boolean} [follow] whether a link at the end is followed
   * @returns {number} a record's index, or a failure
   */
  lookup(location, follow = true) {
    const known = follow ? this.#followed.get(location) : undefined;
    if (known !== undefined) return known;
    if (location.length >= LONG && Buffer.byteLength(location) > LONGEST) return NAME_TOO_LONG;
    return this.#walk(location, follow, 0);
  }

  /**
   * @param {string} location
   * @param {boolean} follow
   * @param {number} depth number of links followed so far
   * @returns {number}
   */
  #walk(location, follow, depth) {
    let [index, at] = this.#start(location, follow);
    let isPlain = true;
    while (at <= location.length) {
      if (this.kind(index) !== DIRECTORY) return NOT_A_DIRECTORY;
      const slash = location.indexOf('/', at);
      const end = slash < 0 ? location.length : slash;
      const name = location.slice(at, end);
      const isFollowed = follow || slash >= 0;
      if (name === '' || name === '.' || name === '..') {
        if (name === '..') index = this.parent(index);
        isPlain = false;
      } else {
        if (name.length >= SHORT && Buffer.byteLength(name) > NAME_MAX) return NAME_TOO_LONG;
        const parent = index;
        index = this.child(parent, name);
        if (index >= 0 && isFollowed && this.kind(index) === SYMLINK) {
          index = this.#followLink(parent, index, depth);
        }
        if (index < 0) return index;
      }
      if (isPlain && isFollowed) this.#remember(location.slice(0, end), index);
      at = end + 1;
    }
    return index;
  }

  /**
   * @param {number} parent
   * @param {number} link in it
   * @param {number} depth
   * @returns {number}
   */
  #followLink(parent, link, depth) {
    if (depth >= MAX_LINKS) return LOOP;
    const base = this.locationOf(parent);
    const target = this.linkTarget(link);
    return this.#walk(base === '' ? target : `${base}/${target}`, true, depth + 1);
  }

  /**
   * Find the longest beginning of a location that was looked up before.
   *
   * @param {string} location
   * @param {boolean} follow
   * @returns {[index: number, at: number]} its record, and where the next component begins
   */
  #start(location, follow) {
    let end = follow ? location.length : Math.max(location.lastIndexOf('/'), 0);
    // Cutting pieces off a long path takes longer than walking it.
    for (; end > 0 && location.length < LONG; end = location.lastIndexOf('/', end - 1)) {
      const known = this.#followed.get(location.slice(0, end));
      if (known !== undefined) return [known, end + 1];
    }
    return [0, 0];
  }

  /**
   * Remember a plain path: without `.`, `..` and empty components, so that other spellings of the
   * same paths use no memory. Only what was found is remembered: a failure may come from the links
   * that were followed before.
   *
   * @param {string} location
   * @param {number} index
   */
  #remember(location, index) {
    if (this.#followed.size > this.length + MANY) this.#followed.clear(); // links lead in circles
    this.#followed.set(location, index);
  }

  /**
   * Find one entry of a directory.
   *
   * @param {number} directory
   * @param {string} name
   * @returns {number} index, or MISSING
   */
  child(directory, name) {
    let low = this.firstChild(directory);
    let high = low + this.childCount(directory);
    const records = this.#records;
    const names = this.#names;
    const wanted = Buffer.from(name);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = middle * RECORD_SIZE;
      const start = records.getUint32(at, true);
      const end = start + records.getUint16(at + 4, true);
      const order = wanted.compare(names, start, end);
      if (order === 0) return middle;
      if (order > 0) low = middle + 1;
      else high = middle;
    }
    return MISSING;
  }

  /** @param {number} index @returns {number} DIRECTORY, FILE or SYMLINK */
  kind(index) {
    return this.#records.getUint8(index * RECORD_SIZE + 6);
  }

  /** @param {number} index @returns {number} a `Role` */
  role(index) {
    return this.#records.getUint8(index * RECORD_SIZE + 7);
  }

  /** @param {number} index @returns {number} permission bits */
  mode(index) {
    return this.#records.getUint32(index * RECORD_SIZE + 8, true);
  }

  /** @param {number} index @returns {boolean} whether every byte of the file is ASCII */
  isAscii(index) {
    return (this.#records.getUint8(index * RECORD_SIZE + 13) & FLAG_ASCII) !== 0;
  }

  /** @param {number} file @returns {boolean} whether it is packaged only as bytecode */
  hasNoSource(file) {
    return (this.#records.getUint8(file * RECORD_SIZE + 13) & FLAG_NO_SOURCE) !== 0;
  }

  /** @param {number} file @returns {boolean} whether the text of a function is around a script */
  isWrapped(file) {
    return (this.#records.getUint8(file * RECORD_SIZE + 13) & FLAG_WRAPPED) !== 0;
  }

  /** @param {number} index @returns {string} last component of the path; '' for the mount point */
  name(index) {
    const at = index * RECORD_SIZE;
    const start = this.#records.getUint32(at, true);
    return this.#names.toString('utf8', start, start + this.#records.getUint16(at + 4, true));
  }

  /** @param {number} index @returns {number} index of the directory it is in; 0 for 0 */
  parent(index) {
    return this.#records.getUint32(index * RECORD_SIZE + 48, true);
  }

  /** @param {number} directory @returns {number} index of its first child; the others follow */
  firstChild(directory) {
    return this.#uint64(directory * RECORD_SIZE + 16);
  }

  /** @param {number} directory @returns {number} */
  childCount(directory) {
    return this.#uint64(directory * RECORD_SIZE + 24);
  }

  /**
   * @param {number} index
   * @returns {number} length of a file or link in bytes, 0 for a directory
   */
  size(index) {
    const at = index * RECORD_SIZE;
    const kind = this.kind(index);
    if (kind === DIRECTORY) return 0;
    return this.#uint64(kind === FILE ? at + 32 : at + 24);
  }

  /**
   * @param {number} link
   * @returns {string} as `readlink` returns it: relative to the link's directory
   */
  linkTarget(link) {
    const at = link * RECORD_SIZE;
    const start = this.#uint64(at + 16);
    return this.#names.toString('utf8', start, start + this.#uint64(at + 24));
  }

  /** @param {number} index @returns {string} the record's real location, without links */
  locationOf(index) {
    let location = this.#locations.get(index);
    if (location === undefined) {
      const above = this.locationOf(this.parent(index));
      const name = this.name(index);
      location = above === '' ? name : `${above}/${name}`;
      this.#locations.set(index, location);
    }
    return location;
  }

  /**
   * A file's bytes: a view of read-only memory, or what was decompressed when the file was first
   * read. Programs must never receive it.
   *
   * @param {number} file
   * @returns {Buffer}
   */
  bytes(file) {
    const at = file * RECORD_SIZE;
    const offset = this.#uint64(at + 16);
    const length = this.#uint64(at + 24);
    this.#checkOnce(file, offset, length);
    const stored = this.#files.subarray(offset, offset + length);
    const codec = this.#records.getUint8(at + 12);
    if (codec === 0) return stored;
    let content = this.#decompressed.get(offset);
    if (content === undefined) {
      content = require('./decompress.js').decompress(codec, stored, this.#uint64(at + 32));
      this.#decompressed.set(offset, content);
    }
    return content;
  }

  /**
   * @param {number} file
   * @param {number} offset of its stored bytes
   * @param {number} length
   */
  #checkOnce(file, offset, length) {
    if (this.#check === undefined || this.#checked.has(file)) return;
    const stored = new Uint8Array(this.#files.buffer, offset, length);
    const checksum = this.#records.getUint32(file * RECORD_SIZE + 52, true);
    if (!this.#check.isUndamaged(stored, checksum)) this.#check.damaged(this.locationOf(file));
    this.#checked.add(file);
  }

  /**
   * A copy of a file's bytes, from `start` up to `end`.
   *
   * @param {number} file
   * @param {number} [start]
   * @param {number} [end]
   * @returns {Buffer}
   */
  copy(file, start, end) {
    const view = this.bytes(file).subarray(start, end);
    const result = Buffer.allocUnsafeSlow(view.length);
    result.set(view);
    return result;
  }

  /** @param {number} file @returns {string} the file as UTF-8 text; a byte order mark stays */
  text(file) {
    if (this.#records.getUint8(file * RECORD_SIZE + 12) === 0) return this.textAround(file, 0, 0);
    return this.bytes(file).toString(this.isAscii(file) ? 'latin1' : 'utf8');
  }

  /**
   * The text of an uncompressed file with what is stored around it; only the file itself is compared
   * with its checksum.
   *
   * @param {number} file
   * @param {number} before number of bytes
   * @param {number} after
   * @returns {string}
   */
  textAround(file, before, after) {
    const at = file * RECORD_SIZE;
    const offset = this.#uint64(at + 16);
    const length = this.#uint64(at + 24);
    this.#checkOnce(file, offset, length);
    const encoding = this.isAscii(file) ? 'latin1' : 'utf8';
    return this.#slice(encoding, offset - before, offset + length + after);
  }

  /**
   * @param {'latin1' | 'utf8'} encoding
   * @param {number} start of stored bytes
   * @param {number} end
   * @returns {string}
   */
  #slice(encoding, start, end) {
    // Older releases of Node take no greater numbers here.
    return end < 2 ** 31
      ? this.#files.toString(encoding, start, end)
      : this.#files.subarray(start, end).toString(encoding);
  }

  /** @param {number} at @returns {number} exact up to 2**53 */
  #uint64(at) {
    return this.#records.getUint32(at, true) + this.#records.getUint32(at + 4, true) * TWO_POW_32;
  }
}

/** @param {number} failure such as MISSING @returns {string} such as `ENOENT` */
function errorCode(failure) {
  return ERROR_CODES[-1 - failure];
}

/** The role of a file for the module loader; `sealift.model.Role` has the same numbers. */
const Role = Object.freeze({ ASSET: 0, COMMONJS: 1, MODULE: 2, JSON: 3, WASM: 4, ADDON: 5 });

module.exports = {
  Table,
  Role,
  DIRECTORY,
  FILE,
  SYMLINK,
  MISSING,
  NOT_A_DIRECTORY,
  LOOP,
  NAME_TOO_LONG,
  errorCode,
};

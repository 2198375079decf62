'use strict';

/**
 * Reads `sealift/table`, `sealift/links` and `sealift/files`, where they lie: nothing is parsed or
 * copied at start, however many files there are. docs/image-format.md has the layout.
 *
 * A record is named by its index, a number; 0 is the mount point. What a look-up can answer instead
 * is a negative number: MISSING, NOT_A_DIRECTORY, LOOP (`errorCode` has Node's name for each).
 *
 * The assets are memory that the operating system mapped read-only. A write to it kills the process,
 * so `bytes` is for reading inside the runtime only; what a program gets is a `copy`.
 */

const HEADER_SIZE = 16;
const RECORD_SIZE = 56;
const MAGIC = 0x31544c53;
const TWO_POW_32 = 0x100000000;
const MAX_LINKS = 40;

const DIRECTORY = 0;
const FILE = 1;
const SYMLINK = 2;

const FLAG_ASCII = 1;
const FLAG_LEFT_OUT = 2;

const MISSING = -1;
const NOT_A_DIRECTORY = -2;
const LOOP = -3;

const ERROR_CODES = ['ENOENT', 'ENOTDIR', 'ELOOP'];

/** @typedef {{require?: Record<string, number | null>, import?: Record<string, number | null>}} Links */

/** @type {Links} */
const NO_LINKS = Object.freeze({});

class Table {
  /** @type {DataView} */ #records;
  /** @type {Buffer} */ #names;
  /** @type {Buffer} */ #links;
  /** @type {ArrayBufferLike} */ #files;
  /** @type {Map<string, number>} walked paths, links followed on the way and at the end */ #followed =
    new Map();
  /** @type {Map<number, string>} */ #locations = new Map([[0, '']]);
  /** @type {Map<number, Links>} */ #parsedLinks = new Map();

  /**
   * @param {ArrayBufferLike} table
   * @param {ArrayBufferLike} links
   * @param {ArrayBufferLike} files
   */
  constructor(table, links, files) {
    const header = new DataView(table, 0, HEADER_SIZE);
    if (header.getUint32(0, true) !== MAGIC) throw new Error('sealift/table: unknown format');
    /** How many records there are. */
    this.length = header.getUint32(4, true);
    this.#records = new DataView(table, HEADER_SIZE, this.length * RECORD_SIZE);
    this.#names = Buffer.from(table, header.getUint32(8, true), header.getUint32(12, true));
    this.#links = Buffer.from(links);
    this.#files = files;
    this.#followed.set('', 0);
  }

  /**
   * Find what a path names, as the kernel would walk it: component by component, following every
   * link before the last component, and the last one too if `follow`. Empty components, `.` and
   * `..` are understood; `a/` asks for a directory.
   *
   * @param {string} location path relative to the mount point, `/` between components
   * @param {boolean} [follow] whether a link at the end is followed
   * @returns {number} a record's index, or MISSING, NOT_A_DIRECTORY or LOOP
   */
  lookup(location, follow = true) {
    return this.#walk(location, follow, 0);
  }

  /**
   * @param {string} location
   * @param {boolean} follow
   * @param {number} depth links followed so far
   * @returns {number}
   */
  #walk(location, follow, depth) {
    const known = this.#followed.get(location);
    if (known !== undefined && (follow || known === 0)) return known;
    const slash = location.lastIndexOf('/');
    const parent = slash < 0 ? 0 : this.#walk(location.slice(0, slash), true, depth);
    if (parent < 0) return parent;
    if (this.kind(parent) !== DIRECTORY) return NOT_A_DIRECTORY;
    const name = location.slice(slash + 1);
    let index = parent;
    if (name === '..') index = this.parent(parent);
    else if (name !== '' && name !== '.') index = this.child(parent, name);
    if (follow && index > 0 && this.kind(index) === SYMLINK) {
      if (depth >= MAX_LINKS) return LOOP;
      const base = this.locationOf(parent);
      const target = this.linkTarget(index);
      index = this.#walk(base === '' ? target : `${base}/${target}`, true, depth + 1);
    }
    // A failure may be due to the links followed before, so only what was found is remembered.
    if (follow && index >= 0) this.#followed.set(location, index);
    return index;
  }

  /**
   * One entry of a directory.
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

  /** @param {number} file @returns {boolean} whether it is packaged as bytecode alone: it has no bytes */
  isLeftOut(file) {
    return (this.#records.getUint8(file * RECORD_SIZE + 13) & FLAG_LEFT_OUT) !== 0;
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

  /** @param {number} directory @returns {number} its children are `firstChild` and those after it */
  firstChild(directory) {
    return this.#uint64(directory * RECORD_SIZE + 16);
  }

  /** @param {number} directory @returns {number} */
  childCount(directory) {
    return this.#uint64(directory * RECORD_SIZE + 24);
  }

  /** @param {number} index @returns {number} a file's length in bytes, a link's, 0 for a directory */
  size(index) {
    const at = index * RECORD_SIZE;
    const kind = this.kind(index);
    if (kind === DIRECTORY) return 0;
    return this.#uint64(kind === FILE ? at + 32 : at + 24);
  }

  /** @param {number} link @returns {string} as `readlink` gives it: relative to the link's directory */
  linkTarget(link) {
    const at = link * RECORD_SIZE;
    const start = this.#uint64(at + 16);
    return this.#names.toString('utf8', start, start + this.#uint64(at + 24));
  }

  /** @param {number} index @returns {string} the record's real location, free of links */
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
   * A view of a file's bytes in read-only memory: never to be handed to a program.
   *
   * @param {number} file
   * @returns {Buffer}
   */
  bytes(file) {
    const at = file * RECORD_SIZE;
    return Buffer.from(this.#files, this.#uint64(at + 16), this.#uint64(at + 24));
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
    const view = this.bytes(file);
    return this.isAscii(file) ? view.toString('latin1') : view.toString();
  }

  /** @param {number} file @returns {boolean} whether it has stored answers */
  hasLinks(file) {
    return this.#records.getUint32(file * RECORD_SIZE + 44, true) !== 0;
  }

  /**
   * The stored answer to one specifier of one file.
   *
   * @param {number} file
   * @param {'require' | 'import'} kind
   * @param {string} specifier
   * @returns {number | null | undefined} index; null: known not to resolve; undefined: not stored
   */
  answer(file, kind, specifier) {
    const answers = this.links(file)[kind];
    return answers !== undefined && Object.hasOwn(answers, specifier)
      ? answers[specifier]
      : undefined;
  }

  /** @param {number} file @returns {Links} all stored answers of a file */
  links(file) {
    let links = this.#parsedLinks.get(file);
    if (links === undefined) {
      const at = file * RECORD_SIZE;
      const start = this.#records.getUint32(at + 40, true);
      const length = this.#records.getUint32(at + 44, true);
      links =
        length === 0 ? NO_LINKS : JSON.parse(this.#links.toString('utf8', start, start + length));
      this.#parsedLinks.set(file, /** @type {Links} */ (links));
    }
    return /** @type {Links} */ (links);
  }

  /** @param {number} at @returns {number} exact up to 2**53 */
  #uint64(at) {
    return this.#records.getUint32(at, true) + this.#records.getUint32(at + 4, true) * TWO_POW_32;
  }
}

/**
 * @param {number} failure MISSING, NOT_A_DIRECTORY or LOOP
 * @returns {string} `ENOENT`, `ENOTDIR` or `ELOOP`
 */
function errorCode(failure) {
  return ERROR_CODES[-1 - failure];
}

/** What a file is to the module loader; `sealift.model.Role` has the same numbers. */
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
  errorCode,
};

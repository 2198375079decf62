'use strict';

/**
 * The V8 code caches that are packaged instead of, or beside, JavaScript: reads `sealift/bytecode*` where it
 * lies (docs/image-format.md) and makes scripts and modules of it.
 */

const { getRawAsset } = require('node:sea');
const { Script, SourceTextModule } = require('node:vm');
const { bindingOf } = require('../node-internals.js');
const { Kind, HOLDS_DETAILS, COLUMN_OFFSET, textOf, fillerOf } = require('./wrapper.js');

const RECORD_SIZE = 28;
const TWO_POW_32 = 0x100000000;

/**
 * How V8's flags are dealt with: the hash to be put into each cache, if it is not what is in there; whether the flags
 * that this process was started with were found to be good; and whether V8 refuses all caches because they are not.
 * @typedef {{hash: number | undefined, proven: boolean, refused: boolean}} FlagState
 *
 * What V8 calls for `import()` in a script or module.
 * @typedef {(specifier: string, referrer: any, attributes: Record<string, string>) => any} DynamicImport
 */

class Bytecode {
  #config;
  #options;
  #table;
  #index;
  #caches;
  #lines;
  #names;
  /** @type {FlagState} */ #flags = { hash: undefined, proven: false, refused: false };
  /** @type {boolean | undefined} */ #hasModules;

  /**
   * @param {import('../snapshot.js').BytecodeConfig} config
   * @param {import('../table.js').Table} table
   */
  constructor(config, table) {
    this.#config = config;
    this.#table = table;
    // As they were at the start: see processes/run-as-node.js.
    this.#options = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)];
    this.#index = new DataView(getRawAsset('sealift/bytecode-index'));
    this.#caches = getRawAsset('sealift/bytecode');
    this.#lines = new Pool(getRawAsset('sealift/bytecode-lines'), this.length);
    this.#names = new Pool(getRawAsset('sealift/bytecode-names'), this.length);
  }

  /** Whether Node has been given the option that `vm.SourceTextModule` needs; in Node 20 there is no place for it. */
  get takesOption() {
    return !HOLDS_DETAILS;
  }

  /** How many files have bytecode. */
  get length() {
    return this.#index.byteLength / RECORD_SIZE;
  }

  /** Whether there is an ES module among them. */
  get hasModules() {
    if (this.#hasModules === undefined) {
      this.#hasModules = false;
      for (let entry = 0; entry < this.length && !this.#hasModules; entry += 1) {
        this.#hasModules = this.kind(entry) === Kind.MODULE;
      }
    }
    return this.#hasModules;
  }

  /** @param {number} file @returns {number} number of the file's entry here, or -1 */
  find(file) {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = this.#index.getUint32(middle * RECORD_SIZE, true);
      if (found === file) return middle;
      if (found < file) low = middle + 1;
      else high = middle;
    }
    return -1;
  }

  /** @param {number} entry @returns {number} a `Kind` */
  kind(entry) {
    return this.#index.getUint8(entry * RECORD_SIZE + 24);
  }

  /**
   * The names that a CommonJS module exports, as Node would find them in its source.
   *
   * @param {number} entry
   * @returns {{exports: string[], reexports: string[]}}
   */
  names(entry) {
    const text = this.#names.get(entry);
    return text.length === 0 ? { exports: [], reexports: [] } : JSON.parse(text.toString());
  }

  /**
   * @param {number} entry
   * @param {string} filename
   * @param {DynamicImport | undefined} importModuleDynamically
   * @returns {((...args: any[]) => any) | null} the function around a CommonJS module; in Node 20, one that gives it when it is
   *   told what `import` does there (bytecode/wrapper.js), or null, if its source is to be run
   */
  commonjs(entry, filename, importModuleDynamically) {
    const source = this.#text(entry);
    let attempts = 0;
    return this.#made(entry, filename, (cachedData) => {
      if (HOLDS_DETAILS && cachedData === undefined) return null;
      // Where V8 takes the line from the cache, it only keeps V8 from finding what it made when it had rejected the cache.
      const lineOffset = HOLDS_DETAILS ? attempts++ : 0;
      const options = {
        filename,
        lineOffset,
        columnOffset: COLUMN_OFFSET,
        cachedData,
        importModuleDynamically,
      };
      try {
        const script = new Script(source, /** @type {any} */ (options));
        return script.cachedDataRejected ? null : script.runInThisContext();
      } catch (error) {
        return this.#rejected(entry, error);
      }
    });
  }

  /**
   * @param {number} entry
   * @param {string} url
   * @param {import('node:vm').SourceTextModuleOptions} callbacks
   * @returns {import('node:vm').SourceTextModule}
   */
  module(entry, url, callbacks) {
    const source = this.#text(entry);
    return this.#made(entry, url, (cachedData) => {
      try {
        return new SourceTextModule(source, { ...callbacks, identifier: url, cachedData });
      } catch (error) {
        if (/** @type {any} */ (error).code === 'ERR_VM_MODULE_CACHED_DATA_REJECTED') return null;
        return this.#rejected(entry, error);
      }
    });
  }

  /**
   * @param {number} entry
   * @param {unknown} error that V8 has thrown when it had the cache
   * @returns {null} it has rejected the cache, and compiled what stands for the source
   */
  #rejected(entry, error) {
    if (error instanceof SyntaxError && this.#isLeftOut(entry)) return null;
    throw error;
  }

  /** @param {number} entry @returns {string} the source, or what stands for it */
  #text(entry) {
    if (!this.#isLeftOut(entry)) {
      return textOf(this.kind(entry), this.#table.text(this.#fileOf(entry)));
    }
    return fillerOf(this.#index.getUint32(entry * RECORD_SIZE + 16, true), this.#lines.get(entry));
  }

  /** @param {number} entry @returns {number} its file */
  #fileOf(entry) {
    return this.#index.getUint32(entry * RECORD_SIZE, true);
  }

  /** @param {number} entry @returns {boolean} whether there is no source */
  #isLeftOut(entry) {
    return this.#table.isLeftOut(this.#fileOf(entry));
  }

  /**
   * @template T
   * @param {number} entry
   * @param {string} name of the file, for people
   * @param {(cache?: Buffer) => T | null} make of a code cache, or of source; null: V8 has rejected the cache
   * @returns {T} null if `make` does not make anything of source
   */
  #made(entry, name, make) {
    const made = this.#flags.refused ? null : this.#accepted(entry, name, make);
    if (made !== null) return made;
    if (this.#isLeftOut(entry)) {
      require('./rejected-caches.js').refuse(this.#config, this.#options, name);
    }
    return /** @type {T} */ (make());
  }

  /**
   * @template T
   * @param {number} entry
   * @param {string} name
   * @param {(cache: Buffer) => T | null} make
   * @returns {T | null}
   */
  #accepted(entry, name, make) {
    const cache = this.#cache(entry);
    if (checksum(cache) !== this.#index.getUint32(entry * RECORD_SIZE + 20, true)) {
      require('./rejected-caches.js').damaged(name);
    }
    let made = make(this.#withFlags(cache));
    if (made === null) {
      this.#flags = require('./rejected-caches.js').flagsNow(
        this.#config,
        this.#flags,
        this.#options,
      );
      if (!this.#flags.refused) made = make(this.#withFlags(cache));
    }
    if (made !== null) this.#flags.proven = true;
    return made;
  }

  /** The same for all threads of a process. */
  get flags() {
    return this.#flags;
  }

  /** @param {FlagState} flags */
  set flags(flags) {
    this.#flags = flags;
  }

  /** To be called before the runtime itself sets flags. */
  proveFlags() {
    this.#flags = require('./rejected-caches.js').flagsNow(
      this.#config,
      this.#flags,
      this.#options,
    );
  }

  /** @param {number} entry @returns {Buffer} */
  #cache(entry) {
    const at = entry * RECORD_SIZE;
    const offset =
      this.#index.getUint32(at + 8, true) + this.#index.getUint32(at + 12, true) * TWO_POW_32;
    return Buffer.from(this.#caches, offset, this.#index.getUint32(at + 4, true));
  }

  /** @param {Buffer} cache @returns {Buffer} as V8 accepts it in this process */
  #withFlags(cache) {
    if (this.#flags.hash === undefined) return cache;
    const copy = Buffer.from(cache);
    copy.writeUInt32LE(this.#flags.hash, 12);
    return copy;
  }
}

/** @type {((bytes: Buffer, value: number) => number) | undefined} */
let crc32;

/**
 * V8 does not check that a cache is what it once made, and executes whatever it reads.
 *
 * @param {Buffer} bytes
 * @returns {number} CRC-32
 */
function checksum(bytes) {
  crc32 ??= findChecksum();
  return crc32(bytes, 0);
}

/**
 * It is in `node:zlib`, but to load that takes 3 ms, ten times as long as most checksums.
 *
 * @returns {(bytes: Buffer, value: number) => number}
 */
function findChecksum() {
  return bindingOf('zlib')?.crc32 ?? require('node:zlib').crc32;
}

/** Byte strings end to end, behind where each of them begins and the last one ends. */
class Pool {
  #offsets;
  #data;

  /** @param {ArrayBufferLike} asset @param {number} count */
  constructor(asset, count) {
    this.#offsets = new DataView(asset, 0, (count + 1) * 4);
    this.#data = Buffer.from(asset, (count + 1) * 4);
  }

  /** @param {number} item @returns {Buffer} */
  get(item) {
    const start = this.#offsets.getUint32(item * 4, true);
    return this.#data.subarray(start, this.#offsets.getUint32(item * 4 + 4, true));
  }
}

module.exports = { Bytecode };

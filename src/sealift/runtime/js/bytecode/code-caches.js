'use strict';

/**
 * The V8 code caches that are packaged instead of JavaScript, or with it. Reads `sealift/bytecode*`
 * in place (docs/payload-format.md) and creates scripts and modules of it.
 */

const { constants, Script, SourceTextModule } = require('node:vm');
const assets = require('../assets.js');
const {
  Kind,
  HEAD,
  TAIL,
  HOLDS_DETAILS,
  COLUMN_OFFSET,
  textOf,
  fillerOf,
} = require('./wrapper.js');

const RECORD_SIZE = 32;
/** The script may call `import()`; the other flag: it may evaluate text. */
const IMPORT = 1;
const TWO_POW_32 = 0x100000000;

/** As the callback for `import()` in a script: Node's own loader. Node 20 has another way. */
const NODES_IMPORT = /** @type {any} */ (constants)?.USE_MAIN_CONTEXT_DEFAULT_LOADER;

/**
 * How the process handles V8's flags.
 *
 * @typedef {object} FlagState
 * @property {number | undefined} hash written into each cache; undefined: the caches have the right
 *   one
 * @property {boolean} proven whether the caches fit the flags that the process was started with
 * @property {boolean} refused whether V8 rejects all caches because they do not
 *
 * V8 calls this for `import()` in a script or module.
 * @typedef {(specifier: string, referrer: any, attributes: Record<string, string>) => any}
 *   DynamicImport
 */

class Bytecode {
  #config;
  #execArgv;
  #nodeOptions;
  #table;
  #index;
  #caches;
  /** @type {Pool | undefined} */ #lines;
  /** @type {Pool | undefined} */ #names;
  /** @type {FlagState} */ #flags = { hash: undefined, proven: false, refused: false };
  /** @type {boolean | undefined} */ #hasModules;
  /** Whether it was said that source runs in place of a cache. */ #isAnnounced = false;

  /**
   * @param {import('../snapshot.js').BytecodeConfig} config
   * @param {import('../table.js').Table} table
   */
  constructor(config, table) {
    this.#config = config;
    this.#table = table;
    // As they were at the start: run-as-node.js changes them.
    this.#execArgv = [...process.execArgv];
    this.#nodeOptions = process.env.NODE_OPTIONS ?? '';
    this.#index = new DataView(assets.asset('sealift/bytecode-index'));
    this.#caches = assets.asset('sealift/bytecode');
  }

  /** Options with which Node was started. */
  get #options() {
    return [...this.#execArgv, ...this.#nodeOptions.split(/\s+/)];
  }

  /**
   * Whether Node has the option that `vm.SourceTextModule` needs. Node 20 does not support embedded
   * options.
   */
  get takesOption() {
    return !HOLDS_DETAILS && !this.isHint;
  }

  /** Whether these are caches of source, which is loaded as source. */
  get isHint() {
    return this.#config.isHint;
  }

  /** Number of files that have bytecode. */
  get length() {
    return this.#index.byteLength / RECORD_SIZE;
  }

  /** Whether one of them is an ES module. */
  get hasModules() {
    if (this.#hasModules === undefined) {
      this.#hasModules = false;
      for (let entry = 0; entry < this.length && !this.#hasModules; entry += 1) {
        this.#hasModules = this.kind(entry) === Kind.MODULE;
      }
    }
    return this.#hasModules;
  }

  /** @param {number} file @returns {number} number of the file's entry, or -1 */
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
    return this.#index.getUint8(entry * RECORD_SIZE + 28);
  }

  /** @param {number} entry @returns {boolean} whether it may call `import()` */
  mayImport(entry) {
    return (this.#index.getUint8(entry * RECORD_SIZE + 30) & IMPORT) !== 0;
  }

  /**
   * @param {number} entry
   * @returns {boolean} whether it may call `import()`, or evaluate text that does
   */
  #needsImporter(entry) {
    return this.#index.getUint8(entry * RECORD_SIZE + 30) !== 0;
  }

  /**
   * Return the names that Node would find in the source of a CommonJS module.
   *
   * @param {number} entry
   * @returns {{exports: string[], reexports: string[]}}
   */
  names(entry) {
    // Read only when needed, because the checksum is over all of them. Most programs need none.
    this.#names ??= new Pool(assets.asset('sealift/bytecode-names'), this.length);
    const text = this.#names.get(entry);
    return text.length === 0 ? { exports: [], reexports: [] } : JSON.parse(text.toString());
  }

  /**
   * @param {number} entry
   * @param {string} filename
   * @param {DynamicImport | undefined} importModuleDynamically
   * @returns {((...args: any[]) => any) | null} the function around a CommonJS module. In Node 20:
   *   a function that takes what `import` does (wrapper.js) and returns it, or null if the source
   *   is to run
   */
  commonjs(entry, filename, importModuleDynamically) {
    const source = this.#text(entry);
    // Node keeps each callback in a table of weak references, which takes a tenth of a start.
    const isPlain = !HOLDS_DETAILS && !this.#needsImporter(entry);
    let attempts = 0;
    return this.#create(entry, filename, (cachedData) => {
      if (HOLDS_DETAILS && cachedData === undefined) return null;
      // V8 must not find the script that it compiled when it rejected the cache: so the second time
      // something is different. V8 11 takes the line from the cache, whatever the offset.
      const attempt = attempts++;
      const options = {
        filename,
        lineOffset: HOLDS_DETAILS ? attempt : 0,
        columnOffset: COLUMN_OFFSET,
        cachedData,
        importModuleDynamically: attempt === 0 && isPlain ? NODES_IMPORT : importModuleDynamically,
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
    return this.#create(entry, url, (cachedData) => {
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
   * @param {unknown} error that V8 has thrown although it had the cache
   * @returns {null} it has rejected the cache and compiled the filler
   */
  #rejected(entry, error) {
    if (error instanceof SyntaxError && this.#hasNoSource(entry)) return null;
    throw error;
  }

  /** @param {number} entry @returns {string} the source or its filler */
  #text(entry) {
    if (!this.#hasNoSource(entry)) {
      return (
        this.#wrapped(entry) ?? textOf(this.kind(entry), this.#table.text(this.#fileOf(entry)))
      );
    }
    this.#lines ??= new Pool(assets.asset('sealift/bytecode-lines'), this.length);
    return fillerOf(this.#index.getUint32(entry * RECORD_SIZE + 16, true), this.#lines.get(entry));
  }

  /**
   * @param {number} entry
   * @returns {string | undefined} what `textOf` makes by copying, if all of it is stored
   */
  #wrapped(entry) {
    const file = this.#fileOf(entry);
    if (!this.#table.isWrapped(file) || this.kind(entry) !== Kind.COMMONJS) return undefined;
    const text = this.#table.textAround(file, HEAD.length, TAIL.length);
    // The checksum is that of the script alone.
    return text.startsWith(HEAD) && text.endsWith(TAIL) ? text : undefined;
  }

  /** @param {number} entry @returns {number} its file */
  #fileOf(entry) {
    return this.#index.getUint32(entry * RECORD_SIZE, true);
  }

  /** @param {number} entry @returns {boolean} whether there is no source */
  #hasNoSource(entry) {
    return this.#table.hasNoSource(this.#fileOf(entry));
  }

  /**
   * @template T
   * @param {number} entry
   * @param {string} name of the file, for messages
   * @param {(cache?: Uint8Array) => T | null} create takes a code cache, or nothing for source;
   *   null: V8 has rejected the cache
   * @returns {T} null if `create` returns null for source
   */
  #create(entry, name, create) {
    const created = this.#flags.refused ? null : this.#fromCache(entry, name, create);
    if (created !== null) return created;
    const rejected = require('./rejected-caches.js');
    if (this.#hasNoSource(entry)) rejected.refuse(this.#config, this.#options, name);
    if (!this.#isAnnounced) rejected.announce(this.#config, this.#options, name);
    this.#isAnnounced = true;
    return /** @type {T} */ (create());
  }

  /**
   * @template T
   * @param {number} entry
   * @param {string} name
   * @param {(cache: Uint8Array) => T | null} create
   * @returns {T | null}
   */
  #fromCache(entry, name, create) {
    const cache = this.#cache(entry, name);
    let created = create(this.#withFlags(cache));
    if (created === null) {
      this.#flags = require('./rejected-caches.js').flagsNow(
        this.#config,
        this.#flags,
        this.#options,
      );
      if (!this.#flags.refused) created = create(this.#withFlags(cache));
    }
    if (created !== null) this.#flags.proven = true;
    return created;
  }

  /** Worker threads start with the state of their parent. */
  get flags() {
    return this.#flags;
  }

  /** @param {FlagState} flags */
  set flags(flags) {
    this.#flags = flags;
  }

  /** Check the flags before the runtime itself changes them. */
  proveFlags() {
    this.#flags = require('./rejected-caches.js').flagsNow(
      this.#config,
      this.#flags,
      this.#options,
    );
  }

  /**
   * @param {number} entry
   * @param {string} name of the file, for messages
   * @returns {Uint8Array}
   */
  #cache(entry, name) {
    const at = entry * RECORD_SIZE;
    const offset =
      this.#index.getUint32(at + 8, true) + this.#index.getUint32(at + 12, true) * TWO_POW_32;
    const stored = new Uint8Array(this.#caches, offset, this.#index.getUint32(at + 24, true));
    // V8 executes a damaged cache without a check.
    if (!assets.isUndamaged(stored, this.#index.getUint32(at + 20, true))) {
      require('./rejected-caches.js').damaged(name);
    }
    const codec = this.#index.getUint8(at + 29);
    if (codec === 0) return stored;
    return require('../decompress.js').decompress(
      codec,
      stored,
      this.#index.getUint32(at + 4, true),
    );
  }

  /** @param {Uint8Array} cache @returns {Uint8Array} with the flags of this process */
  #withFlags(cache) {
    if (this.#flags.hash === undefined) return cache;
    const copy = Buffer.from(cache);
    copy.writeUInt32LE(this.#flags.hash, 12);
    return copy;
  }
}

/** Byte strings one after the other; before them, where each begins and where the last ends. */
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

module.exports = { Bytecode, NODES_IMPORT };

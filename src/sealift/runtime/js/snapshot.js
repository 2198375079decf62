'use strict';

/**
 * A thread's view of the packaged files. Each thread creates one over the same memory and passes it
 * to the modules that need it.
 */

const { existsSync } = require('node:fs');
const { asset, damaged, isUndamaged } = require('./assets.js');
const { Table } = require('./table.js');
const { Paths, parentOf } = require('./paths.js');

/**
 * `sealift/config`; docs/payload-format.md describes it.
 *
 * @typedef {object} Config
 * @property {string} sealift version
 * @property {string} project name
 * @property {string} entry location
 * @property {string[]} whole locations of packages that are included completely
 * @property {string[]} [nativeReaders] names of packages whose addons get paths of packaged files
 * @property {string[]} [nativeSearchers] locations of addons that search packages
 * @property {BytecodeConfig} [bytecode] absent if the executable contains only source
 *
 * @typedef {object} BytecodeConfig
 * @property {string} v8 version of the V8 that compiled it
 * @property {number} magic V8's number of the format
 * @property {number} flagHash V8's hash of the flags of the process that compiled it
 * @property {boolean} isHint whether source is loaded as source, with these caches
 */

class Snapshot {
  /** @type {import('./modules/package-json.js').Manifests | undefined} */ #manifests;

  constructor() {
    /** @type {Config} */
    this.config = JSON.parse(Buffer.from(asset('sealift/config')).toString());
    this.table = new Table(asset('sealift/table'), asset('sealift/links'), asset('sealift/files'), {
      damaged,
      isUndamaged,
    });
    this.paths = new Paths(process.platform);
    /** @type {Map<number, import('./fs/packaged-files.js').OpenFile>} by descriptor */
    this.descriptors = new Map();
    /** The probes of the C library, if the executable uses musl. */
    this.musl =
      this.table.child(0, '.sealift') < 0 ? undefined : require('./addons/musl-probes.js');
    if (this.musl !== undefined) this.paths.substitute(this.musl.PACKAGED_PROBES);
    /** @type {import('./bytecode/code-caches.js').Bytecode | undefined} */
    this.bytecode = undefined;
    if (this.config.bytecode !== undefined) {
      const { Bytecode } = require('./bytecode/code-caches.js');
      this.bytecode = new Bytecode(this.config.bytecode, this.table);
    }
  }

  /**
   * The package.json files. Most programs do not need them, since resolutions are stored.
   *
   * @returns {import('./modules/package-json.js').Manifests}
   */
  get manifests() {
    if (this.#manifests === undefined) {
      const { Manifests } = require('./modules/package-json.js');
      this.#manifests = new Manifests(this.table);
    }
    return this.#manifests;
  }

  /** Absolute path of the program's entry. */
  get entry() {
    return this.paths.fromLocation(this.config.entry);
  }

  /** @param {number} file @returns {string} its absolute path */
  pathOf(file) {
    return this.paths.fromLocation(this.table.locationOf(file));
  }

  /**
   * The packaged file or directory that a path names.
   *
   * @param {unknown} path string, Buffer or URL
   * @returns {number} index, or negative: not packaged or missing
   */
  find(path) {
    const location = this.paths.toLocation(path);
    return location === null ? -1 : this.table.lookup(location);
  }

  /**
   * The script that `fork('./x.js')` or `new Worker('./x.js')` means. Node resolves a relative path
   * against the working directory, which is the project's directory during development. So if the
   * file does not exist there, the packaged one is meant.
   *
   * @param {string} script
   * @returns {string} absolute path
   */
  fromWorkingDirectory(script) {
    const resolved = this.paths.path.resolve(script);
    if (this.paths.path.isAbsolute(script) || this.find(resolved) >= 0 || existsSync(resolved)) {
      return resolved;
    }
    const beside = parentOf(this.config.entry);
    const project = this.config.entry.split('/')[0];
    for (const base of [project, this.manifests.nearest(beside)?.directory ?? beside, beside]) {
      const candidate = this.paths.path.join(this.paths.fromLocation(base), script);
      if (this.find(candidate) >= 0) return candidate;
    }
    return resolved;
  }
}

module.exports = { Snapshot };

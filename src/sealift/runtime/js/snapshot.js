'use strict';

/**
 * What this thread knows of the packaged files. One of these is made in each thread, over the same
 * memory, and handed to whatever needs it.
 */

const { existsSync } = require('node:fs');
const { getRawAsset } = require('node:sea');
const { Table } = require('./table.js');
const { Paths, parentOf } = require('./paths.js');

/**
 * `sealift/config`, see docs/image-format.md.
 *
 * @typedef {object} Config
 * @property {string} sealift version
 * @property {string} project name
 * @property {string} entry location
 * @property {string[]} whole locations of packages that were taken whole
 * @property {BytecodeConfig} [bytecode] if there is any
 *
 * @typedef {object} BytecodeConfig
 * @property {string} v8 version of the V8 that it was made for
 * @property {number} magic V8's number for the format
 * @property {number} flagHash V8's hash of the flags of the process that made it
 */

class Snapshot {
  /** @type {import('./modules/package-json.js').Manifests | undefined} */ #manifests;

  constructor() {
    /** @type {Config} */
    this.config = JSON.parse(Buffer.from(getRawAsset('sealift/config')).toString());
    this.table = new Table(
      getRawAsset('sealift/table'),
      getRawAsset('sealift/links'),
      getRawAsset('sealift/files'),
    );
    this.paths = new Paths(process.platform);
    /** What answers for musl, if that is this executable's C library. */
    this.musl =
      this.table.child(0, '.sealift') < 0 ? undefined : require('./addons/musl-probes.js');
    if (this.musl !== undefined) this.paths.standIn(this.musl.STAND_INS);
    /** @type {import('./bytecode/code-caches.js').Bytecode | undefined} */
    this.bytecode = undefined;
    if (this.config.bytecode !== undefined) {
      const { Bytecode } = require('./bytecode/code-caches.js');
      this.bytecode = new Bytecode(this.config.bytecode, this.table);
    }
  }

  /**
   * The package.json files, which the stored answers make unnecessary as a rule.
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

  /**
   * The packaged file or directory that a path names.
   *
   * @param {unknown} path string, Buffer or URL
   * @returns {number} index, or negative: not packaged or not there
   */
  find(path) {
    const location = this.paths.toLocation(path);
    return location === null ? -1 : this.table.lookup(location);
  }

  /**
   * The script that `fork('./x.js')` or `new Worker('./x.js')` means. Node takes a relative path from the
   * working directory; people write it for the project's own, which it is while they develop. So if
   * there is no such file, the packaged one is meant.
   *
   * @param {string} script
   * @returns {string} absolute path
   */
  fromWorkingDirectory(script) {
    const resolved = this.paths.path.resolve(script);
    if (this.paths.path.isAbsolute(script) || existsSync(resolved)) return resolved;
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

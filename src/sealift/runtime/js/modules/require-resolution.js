'use strict';

/**
 * What a specifier of `require` means in the executable. The answer is the index of a packaged
 * file, the path of a file under a mount, or MISSING: then Node searches the disk.
 */

const { isBuiltin } = require('node:module');
const { internals } = require('../node-internals.js');
const { parentOf } = require('../paths.js');
const { FILE, MISSING } = require('../table.js');
const { REQUIRE_CONDITIONS } = require('./conditions.js');

/**
 * @typedef {import('../node-internals.js').Parent} Parent
 * @typedef {import('../node-internals.js').ResolveOptions} ResolveOptions
 */

/** In a specifier of a package: another directory can be meant. */
const UNUSUAL = /\\|\.\.(?:\/|$)/;

const RELATIVE = /^\.{1,2}(?:[\\/]|$)/;

class RequireResolution {
  #snapshot;
  /** @type {Map<string, number>} */ #parents = new Map();
  /** @type {Map<string, string>} `node_modules` that Node searches first, by module */
  #firstPaths = new Map();
  /** @type {import('./resolution-algorithm.js').Resolver | undefined} */ #resolver;

  /** @param {import('../snapshot.js').Snapshot} snapshot */
  constructor(snapshot) {
    this.#snapshot = snapshot;
  }

  /** Node's algorithm, loaded on first use: the stored resolutions answer most specifiers. */
  get resolver() {
    if (this.#resolver === undefined) {
      const { Resolver } = require('./resolution-algorithm.js');
      const { table, paths, manifests } = this.#snapshot;
      this.#resolver = new Resolver(table, paths, manifests, () =>
        Object.keys(internals._extensions),
      );
    }
    return this.#resolver;
  }

  /**
   * @param {string} request
   * @param {Parent | undefined} parent
   * @param {ResolveOptions | undefined} options
   * @returns {number | string} index, MISSING, or the path of a file under a mount
   */
  resolve(request, parent, options) {
    const { paths } = this.#snapshot;
    const filename = parent?.filename ?? '';
    const isRelative = RELATIVE.test(request);
    if (options?.paths === undefined) {
      const file = this.#parentOf(filename);
      const stored = file < 0 ? undefined : this.stored(file, request, parent);
      if (typeof stored === 'number') return stored;
      if (isBuiltin(request)) return MISSING;
      if (isRelative) {
        if (filename === '') return MISSING;
        return this.#path(paths.path.dirname(filename), request);
      }
    } else if (isBuiltin(request)) {
      return MISSING;
    }
    if (paths.path.isAbsolute(request)) return this.#path('', request);
    const conditions =
      options?.conditions === undefined ? REQUIRE_CONDITIONS : [...options.conditions];
    if (isRelative) {
      return this.#firstOf(/** @type {string[]} */ (options?.paths), request, conditions);
    }
    const location = filename === '' ? null : paths.toLocation(filename);
    if (location !== null) {
      const directory = parentOf(location);
      if (request[0] === '#') {
        const found = this.resolver.internal(directory, request, conditions, filename);
        return typeof found === 'number' ? found : this.resolve(found, parent, options);
      }
      const name = this.#snapshot.manifests.nearest(directory)?.name;
      if (name !== undefined && (request === name || request.startsWith(`${name}/`))) {
        const own = this.resolver.self(directory, request, conditions, filename);
        if (own >= 0) return own;
      }
    }
    return this.#firstOf(this.#lookupPaths(request, parent, options), request, conditions);
  }

  /**
   * @param {number} file a packaged file
   * @param {string} request in it
   * @param {Parent | undefined} parent its module
   * @returns {number | null | undefined} what the build has found; undefined: nothing; null: the
   *   program has changed where packages are searched
   */
  stored(file, request, parent) {
    const stored = this.#snapshot.table.resolutions.get(file, 'require', request);
    if (typeof stored !== 'number') return undefined;
    return this.#isSearchedElsewhere(request, parent) ? null : stored;
  }

  /**
   * @param {string} filename of a module
   * @param {string} first the `node_modules` that Node searches first for it
   */
  setFirstPath(filename, first) {
    this.#firstPaths.set(filename, first);
  }

  /**
   * @param {string} request
   * @param {Parent | undefined} parent
   * @returns {boolean} whether the program put directories before those where Node finds packages
   */
  #isSearchedElsewhere(request, parent) {
    const first = parent?.paths?.[0];
    if (first === undefined || request[0] === '.' || request[0] === '#') return false;
    const filename = /** @type {string} */ (parent?.filename);
    let usual = this.#firstPaths.get(filename);
    if (usual === undefined) {
      const { path } = this.#snapshot.paths;
      const directory = path.dirname(filename);
      const isPackages = path.basename(directory) === 'node_modules';
      usual = isPackages ? directory : `${directory}${path.sep}node_modules`;
      this.#firstPaths.set(filename, usual);
    }
    return first !== usual;
  }

  /**
   * @param {string} base absolute path, or ''
   * @param {string} request
   * @returns {number | string} index, MISSING, or the path of a file under a mount
   */
  #path(base, request) {
    const { path } = this.#snapshot.paths;
    const resolved = path.resolve(base, request);
    const asDirectory = request.endsWith('/') || request.endsWith('/.') || request.endsWith('..');
    const location = this.#snapshot.paths.toLocation(resolved + (asDirectory ? '/' : ''));
    if (location === null) return this.#underMount('', resolved);
    if (!asDirectory) {
      // A full file name, such as the entry's, needs neither a search nor the module that searches.
      const file = this.#snapshot.table.lookup(location);
      if (file >= 0 && this.#snapshot.table.kind(file) === FILE) return file;
    }
    return this.resolver.path(location);
  }

  /**
   * Search several directories in order. Node searches those on the disk.
   *
   * @param {string[]} directories
   * @param {string} request
   * @param {readonly string[]} conditions
   * @returns {number | string} index, the path of a file under a mount, or MISSING, which includes
   *   that a directory on the disk has it first
   */
  #firstOf(directories, request, conditions) {
    const { paths } = this.#snapshot;
    const isLinked = paths.hasDiskLinks && !RELATIVE.test(request);
    const isPackaged = (/** @type {string} */ path) => paths.toLocation(path) !== null;
    if (!isLinked && !directories.some(isPackaged)) return MISSING;
    for (const directory of directories) {
      const location = paths.toLocation(directory);
      if (location !== null && !paths.hasMounts && !this.#mayHave(location, request)) continue;
      if (location === null) {
        const mounted = this.#underMount(directory, request);
        if (typeof mounted === 'string') return mounted;
        if (isLinked) {
          const { requireLinked } = require('./linked-packages.js');
          const file = requireLinked(paths, this.resolver, directory, request, conditions);
          if (file >= 0) return file;
        }
        if (internals._findPath(request, [directory], false)) return MISSING;
        continue;
      }
      const file = RELATIVE.test(request)
        ? this.#path(directory, request)
        : this.resolver.packageIn(location, request, conditions);
      if (typeof file === 'string' || file >= 0) return file;
    }
    return MISSING;
  }

  /**
   * Look for links to packaged files, made by another process, that a module on the disk means.
   *
   * @param {string} request that Node does not find
   * @param {Parent | undefined} parent
   * @param {ResolveOptions | undefined} options
   * @returns {boolean} whether there is one
   */
  findLink(request, parent, options) {
    const { paths } = this.#snapshot;
    const filename = parent?.filename ?? '';
    if (paths.toLocation(filename) !== null) return false;
    const bases = RELATIVE.test(request)
      ? (options?.paths ?? [paths.path.dirname(filename)])
      : this.#lookupPaths(request, parent, options);
    return paths.path.isAbsolute(request)
      ? paths.findDiskLink(request)
      : bases.some((base) => paths.findDiskLink(paths.path.join(base, request)));
  }

  /**
   * @param {string} location of a directory
   * @param {string} request
   * @returns {boolean} whether the directory has anything that the name of a package can mean; most
   *   that are searched do not, and so need no resolver
   */
  #mayHave(location, request) {
    if (RELATIVE.test(request) || UNUSUAL.test(request)) return true;
    const { table } = this.#snapshot;
    const directory = table.lookup(location);
    if (directory < 0) return false;
    const slash = request.indexOf('/');
    if (slash >= 0) return table.child(directory, request.slice(0, slash)) >= 0;
    return ['', ...Object.keys(internals._extensions)].some(
      (extension) => table.child(directory, request + extension) >= 0,
    );
  }

  /**
   * Search the directory on the disk that is mounted at a packaged path.
   *
   * @param {string} directory
   * @param {string} request
   * @returns {number | string} the packaged path of the file found there, or MISSING
   */
  #underMount(directory, request) {
    const { paths } = this.#snapshot;
    const packaged = directory === '' ? request : directory;
    const onDisk = paths.onDisk(packaged);
    if (onDisk === packaged) return MISSING;
    const found =
      directory === ''
        ? internals._findPath(onDisk, [''], false)
        : internals._findPath(request, [onDisk], false);
    return found ? paths.fromDisk(found, packaged) : MISSING;
  }

  /**
   * @param {string} request
   * @param {Parent | undefined} parent
   * @param {ResolveOptions | undefined} options
   * @returns {string[]} the `node_modules` and other directories to search, in Node's order
   */
  #lookupPaths(request, parent, options) {
    if (options?.paths === undefined) return internals._resolveLookupPaths(request, parent) ?? [];
    const found = options.paths.flatMap(
      (path) =>
        internals._resolveLookupPaths(request, { paths: internals._nodeModulePaths(path) }) ?? [],
    );
    return [...new Set(found)];
  }

  /** @param {string} filename @returns {number} index of the packaged file, or negative */
  #parentOf(filename) {
    let file = this.#parents.get(filename);
    if (file === undefined) {
      file = filename === '' ? MISSING : this.#snapshot.find(filename);
      this.#parents.set(filename, file);
    }
    return file;
  }
}

module.exports = { RequireResolution, RELATIVE };

'use strict';

/**
 * Node's algorithm of module resolution over the packaged files, for specifiers whose resolution is
 * not stored: computed specifiers, `require.resolve` with paths, modules on the disk.
 *
 * Everything here is a location or a record index. A result is the index of a file, or MISSING.
 */

const { DIRECTORY, FILE, MISSING } = require('../table.js');
const { join, parentOf } = require('../paths.js');
const { resolveExports, resolveImports } = require('./package-exports.js');
const { nodeError } = require('../node-errors.js');

/**
 * @typedef {import('../table.js').Table} Table
 * @typedef {import('../paths.js').Paths} Paths
 * @typedef {import('./package-json.js').Manifests} Manifests
 * @typedef {import('./package-json.js').Manifest} Manifest
 */

const LEGACY_MAINS = ['', '.js', '.json', '.node', '/index.js', '/index.json', '/index.node'];
const LEGACY_INDEXES = ['index.js', 'index.json', 'index.node'];
const ENDS_AS_DIRECTORY = /(?:^|[\\/])\.{0,2}$/;

class Resolver {
  #table;
  #paths;
  #manifests;
  /** @type {() => string[]} */ #extensions;

  /**
   * @param {Table} table
   * @param {Paths} paths
   * @param {Manifests} manifests
   * @param {() => string[]} extensions that `require` tries, in order
   *   (`Object.keys(require.extensions)`)
   */
  constructor(table, paths, manifests, extensions) {
    this.#table = table;
    this.#paths = paths;
    this.#manifests = manifests;
    this.#extensions = extensions;
  }

  /**
   * Resolve a path for `require`: the file, the file with an extension, or the directory's main
   * file.
   *
   * @param {string} location
   * @returns {number}
   */
  path(location) {
    const asDirectory = ENDS_AS_DIRECTORY.test(location);
    const index = this.#table.lookup(location);
    if (!asDirectory) {
      if (this.#isFile(index)) return index;
      const extended = this.#withExtension(location);
      if (extended >= 0) return extended;
    }
    if (index < 0 || this.#table.kind(index) !== DIRECTORY) return MISSING;
    return this.#main(this.#table.locationOf(index));
  }

  /**
   * Resolve a bare specifier for `require` in one `node_modules` directory.
   *
   * @param {string} directory location of the `node_modules`
   * @param {string} specifier
   * @param {readonly string[]} conditions
   * @returns {number}
   */
  packageIn(directory, specifier, conditions) {
    const split = splitBare(specifier);
    if (split !== null) {
      const manifest = this.#manifestAt(join(directory, split.name));
      if (manifest !== null && manifest.exports !== undefined && manifest.exports !== null) {
        return this.#exported(manifest, split.subpath, conditions, '');
      }
    }
    // For Node it is a path here: on Windows `name\\file` is one, too.
    const isWindows = this.#paths.path.sep === '\\';
    return this.path(join(directory, isWindows ? specifier.replaceAll('\\', '/') : specifier));
  }

  /**
   * Resolve a part of a package for `require`.
   *
   * @param {string} location of the package, may be a link
   * @param {string} subpath `.` or `./...`
   * @param {readonly string[]} conditions
   * @returns {number}
   */
  packageAt(location, subpath, conditions) {
    const manifest = this.#manifestAt(location);
    return manifest !== null && manifest.exports !== undefined && manifest.exports !== null
      ? this.#exported(manifest, subpath, conditions, '')
      : this.path(subpath === '.' ? location : join(location, subpath.slice(2)));
  }

  /**
   * Resolve a part of a package for `import`.
   *
   * @param {string} location of the package, may be a link
   * @param {string} subpath `.` or `./...`
   * @param {readonly string[]} conditions
   * @param {string} from path of the file with the specifier, for messages
   * @returns {number | null} null: it is not a directory, and Node searches further
   */
  importPackageAt(location, subpath, conditions, from) {
    const index = this.#table.lookup(location);
    if (index < 0 || this.#table.kind(index) !== DIRECTORY) return null;
    return this.#importPackage(this.#table.locationOf(index), subpath, conditions, from);
  }

  /**
   * Resolve the name of the package that the file itself belongs to.
   *
   * @param {string} directory location; contains the file with the specifier
   * @param {string} specifier
   * @param {readonly string[]} conditions
   * @param {string} from
   * @returns {number}
   */
  self(directory, specifier, conditions, from) {
    const manifest = this.#manifests.nearest(directory);
    if (manifest === null || manifest.name === undefined) return MISSING;
    if (manifest.exports === undefined || manifest.exports === null) return MISSING;
    if (specifier !== manifest.name && !specifier.startsWith(`${manifest.name}/`)) return MISSING;
    return this.#exported(manifest, `.${specifier.slice(manifest.name.length)}`, conditions, from);
  }

  /**
   * Resolve a specifier that starts with `#`.
   *
   * @param {string} directory location; contains the file with the specifier
   * @param {string} specifier
   * @param {readonly string[]} conditions
   * @param {string} from path of that file, for messages
   * @returns {number | string} index, MISSING, or a bare specifier to resolve further
   */
  internal(directory, specifier, conditions, from) {
    const manifest = this.#manifests.nearest(directory);
    if (manifest === null || manifest.imports === undefined) return MISSING;
    const target = resolveImports(this.#request(manifest, conditions, from), specifier);
    return target.startsWith('./') ? this.#inPackage(manifest, target, from) : target;
  }

  /**
   * Resolve a bare specifier for `import`: the file's own package, then `node_modules` upwards.
   *
   * @param {string} directory location; contains the file with the specifier
   * @param {string} specifier
   * @param {readonly string[]} conditions
   * @param {string} from path of that file, for messages
   * @returns {number}
   */
  importBare(directory, specifier, conditions, from) {
    const own = this.self(directory, specifier, conditions, from);
    if (own >= 0) return own;
    const split = splitBare(specifier);
    if (split === null) return MISSING;
    for (let base = directory; ; base = parentOf(base)) {
      const place = join(join(base, 'node_modules'), split.name);
      const found = this.importPackageAt(place, split.subpath, conditions, from);
      if (found !== null) return found;
      if (base === '') return MISSING;
    }
  }

  /**
   * Resolve a path for `import`: only that file itself.
   *
   * @param {string} location
   * @param {string} from path of that file, for messages
   * @returns {number}
   */
  importPath(location, from) {
    const index = this.#table.lookup(location);
    if (this.#isFile(index)) return index;
    if (index >= 0 && this.#table.kind(index) === DIRECTORY) {
      const path = this.#paths.fromLocation(location);
      throw nodeError(
        Error,
        'ERR_UNSUPPORTED_DIR_IMPORT',
        `Directory import '${path}' is not supported resolving ES modules imported from ${from}`,
      );
    }
    return MISSING;
  }

  /**
   * @param {string} directory location
   * @param {string} subpath
   * @param {readonly string[]} conditions
   * @param {string} from
   * @returns {number}
   */
  #importPackage(directory, subpath, conditions, from) {
    const manifest = this.#manifests.in(directory);
    if (manifest !== null && manifest.exports !== undefined && manifest.exports !== null) {
      return this.#exported(manifest, subpath, conditions, from);
    }
    if (subpath !== '.') return this.importPath(join(directory, decode(subpath.slice(2))), from);
    const mains =
      manifest?.main === undefined ? [] : LEGACY_MAINS.map((end) => manifest.main + end);
    for (const name of [...mains, ...LEGACY_INDEXES]) {
      const index = this.#table.lookup(join(directory, name));
      if (this.#isFile(index)) return index;
    }
    return MISSING;
  }

  /**
   * @param {Manifest} manifest
   * @param {string} subpath
   * @param {readonly string[]} conditions
   * @param {string} from
   * @returns {number}
   */
  #exported(manifest, subpath, conditions, from) {
    return this.#inPackage(
      manifest,
      resolveExports(this.#request(manifest, conditions, from), subpath),
      from,
    );
  }

  /**
   * @param {Manifest} manifest
   * @param {string} target `./...`
   * @param {string} from
   * @returns {number}
   */
  #inPackage(manifest, target, from) {
    const location = join(manifest.directory, decode(target.slice(2)));
    const index = this.#table.lookup(location);
    if (this.#isFile(index)) return index;
    const path = this.#paths.fromLocation(location);
    throw from === ''
      ? Object.assign(new Error(`Cannot find module '${path}'`), { code: 'MODULE_NOT_FOUND' })
      : nodeError(
          Error,
          'ERR_MODULE_NOT_FOUND',
          `Cannot find module '${path}' imported from ${from}`,
        );
  }

  /**
   * @param {Manifest} manifest
   * @param {readonly string[]} conditions
   * @param {string} from
   * @returns {import('./package-exports.js').Request}
   */
  #request(manifest, conditions, from) {
    const packagePath = this.#paths.fromLocation(manifest.directory) + this.#paths.path.sep;
    return { manifest, packagePath, conditions, from };
  }

  /** @param {string} directory location of a package, may be a link @returns {Manifest | null} */
  #manifestAt(directory) {
    const index = this.#table.lookup(directory);
    return index < 0 ? null : this.#manifests.in(this.#table.locationOf(index));
  }

  /** @param {string} directory real location @returns {number} */
  #main(directory) {
    const main = this.#manifests.in(directory)?.main;
    if (main === undefined || main === '') return this.#withExtension(join(directory, 'index'));
    const location = join(directory, main);
    const index = this.#table.lookup(location);
    if (this.#isFile(index)) return index;
    for (const candidate of [location, join(location, 'index'), join(directory, 'index')]) {
      const found = this.#withExtension(candidate);
      if (found >= 0) return found;
    }
    const manifest = this.#paths.fromLocation(join(directory, 'package.json'));
    throw Object.assign(
      new Error(
        `Cannot find module '${this.#paths.fromLocation(location)}'. ` +
          'Please verify that the package.json has a valid "main" entry',
      ),
      {
        code: 'MODULE_NOT_FOUND',
        path: manifest,
        requestPath: this.#paths.fromLocation(directory),
      },
    );
  }

  /** @param {string} location @returns {number} */
  #withExtension(location) {
    for (const extension of this.#extensions()) {
      const index = this.#table.lookup(location + extension);
      if (this.#isFile(index)) return index;
    }
    return MISSING;
  }

  /** @param {number} index @returns {boolean} */
  #isFile(index) {
    return index >= 0 && this.#table.kind(index) === FILE;
  }
}

/**
 * @param {string} specifier
 * @returns {{name: string, subpath: string} | null} the package's name, and `.` or `./...`; null:
 *   not a package
 */
function splitBare(specifier) {
  let end = specifier.indexOf('/');
  if (specifier[0] === '@') {
    if (end < 0) return null;
    end = specifier.indexOf('/', end + 1);
  }
  const name = end < 0 ? specifier : specifier.slice(0, end);
  if (name === '' || name[0] === '.' || name.includes('\\') || name.includes('%')) return null;
  return { name, subpath: end < 0 ? '.' : `.${specifier.slice(end)}` };
}

/** @param {string} path part of a URL @returns {string} */
function decode(path) {
  return path.includes('%') ? decodeURIComponent(path) : path;
}

module.exports = { Resolver, splitBare };

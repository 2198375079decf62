'use strict';

/**
 * `readdir` and `opendir`. The entries are Node's own `fs.Dirent`. The directory is Node's own
 * `fs.Dir` with a handle of the runtime.
 */

const fs = require('node:fs');
const { SYMLINK, FILE } = require('../table.js');
const { systemError } = require('./system-errors.js');
const { parseOptions, encode, pathText, plainPath } = require('./arguments.js');
const { REFUSED } = require('./packaged-files.js');

const { UV_DIRENT_DIR, UV_DIRENT_FILE, UV_DIRENT_LINK } = /** @type {Record<string, number>} */ (
  /** @type {unknown} */ (fs.constants)
);

/**
 * Node 26 lists recursively by native code in all styles: by level, and through links to
 * directories.
 */
const NATIVE_WALK = Number.parseInt(process.versions.node, 10) >= 26;

/** The system rejects a path with more links, so a link to a directory above ends here. */
const MAX_LINKS = 40;

/** @typedef {import('./packaged-files.js').Files} Files */
/** @typedef {import('./packaged-files.js').Style} Style */
/** @typedef {{name: any, type: number}} Entry */

/** @type {new (name: any, type: number, parentPath: any) => import('node:fs').Dirent} */
const Dirent = /** @type {any} */ (fs.Dirent);

/**
 * @param {Files} files
 * @param {number} directory
 * @returns {Entry[]} sorted by the bytes of their names, then the mounted ones
 */
function entriesOf(files, directory) {
  const { table, paths } = files;
  const first = table.firstChild(directory);
  /** @type {Entry[]} */
  const entries = [];
  for (let index = first; index < first + table.childCount(directory); index += 1) {
    const kind = table.kind(index);
    const type = kind === FILE ? UV_DIRENT_FILE : kind === SYMLINK ? UV_DIRENT_LINK : UV_DIRENT_DIR;
    entries.push({ name: table.name(index), type });
  }
  const location = table.locationOf(directory);
  for (const name of paths.mountedNames(location)) {
    if (entries.some((entry) => entry.name === name)) continue;
    const place = paths.onDisk(paths.path.join(paths.fromLocation(location), name));
    const there = files.real.statSync(place, { throwIfNoEntry: false });
    entries.push({ name, type: there?.isFile() ? UV_DIRENT_FILE : UV_DIRENT_DIR });
  }
  return entries;
}

/**
 * @param {Files} files
 * @param {string} location
 * @param {any[]} args
 * @param {Style} style
 */
function list(files, location, [path, given], style) {
  const options = parseOptions(given);
  if (options === null) return REFUSED;
  const { recursive, withFileTypes, encoding } = options;
  if (recursive !== undefined && recursive !== null && typeof recursive !== 'boolean') {
    if (style !== 'promise') return REFUSED;
  }
  const base = plainPath(path);
  const index = files.find(location, true, 'scandir', path);
  if (!files.isDirectory(index)) throw systemError('ENOTDIR', 'scandir', pathText(path));
  if (recursive) return walk(files, location, base, encoding, !!withFileTypes, style);
  return entriesOf(files, index).map(({ name, type }) =>
    withFileTypes ? new Dirent(encode(name, encoding), type, base) : encode(name, encoding),
  );
}

/**
 * @param {Files} files
 * @param {string} location
 * @param {string | Buffer} base
 * @param {string | undefined} encoding
 * @param {boolean} withFileTypes
 * @param {Style} style
 */
function walk(files, location, base, encoding, withFileTypes, style) {
  const { table } = files;
  const { path } = files.paths;
  const deepFirst = style === 'promise' && !NATIVE_WALK;
  const followsLinks = !(deepFirst && withFileTypes);
  const top = NATIVE_WALK ? pathText(base) : /** @type {string} */ (base);
  /** @type {any[]} */
  const found = [];
  /** @type {{at: string, shown: any, prefix: string, links: number}[]} */
  const queue = [{ at: location, shown: top, prefix: '', links: 0 }];
  for (;;) {
    const directory = deepFirst ? queue.pop() : queue.shift();
    if (directory === undefined) return found;
    const { at, shown, prefix, links } = directory;
    for (const { name, type } of entriesOf(files, table.lookup(at, true))) {
      // Older releases join the encoded names, which fails for Buffers. This does the same.
      const part = NATIVE_WALK ? name : encode(name, encoding);
      const below = at === '' ? name : `${at}/${name}`;
      const relative = prefix === '' ? name : prefix + path.sep + name;
      const isDirectory = () => {
        if (type === UV_DIRENT_DIR) return table.lookup(below, true) >= 0;
        if (type !== UV_DIRENT_LINK || !followsLinks || links >= MAX_LINKS) return false;
        const index = table.lookup(below, true);
        return index >= 0 && files.isDirectory(index);
      };
      if (withFileTypes) {
        const parent =
          prefix === '' ? base : NATIVE_WALK ? joined(path, base, encode(prefix, encoding)) : shown;
        found.push(new Dirent(encode(name, encoding), type, parent));
      } else {
        found.push(
          NATIVE_WALK
            ? encode(relative, encoding)
            : path.relative(top, path.join(shown, /** @type {string} */ (part))),
        );
      }
      if (isDirectory()) {
        queue.push({
          at: below,
          shown: path.join(shown, /** @type {string} */ (part)),
          prefix: relative,
          links: type === UV_DIRENT_LINK ? links + 1 : links,
        });
      }
    }
  }
}

/**
 * @param {import('node:path').PlatformPath} path
 * @param {string | Buffer} base
 * @param {string | Buffer} relative
 * @returns {string | Buffer} text if both are
 */
function joined(path, base, relative) {
  if (typeof base === 'string' && typeof relative === 'string') return path.join(base, relative);
  const separator = pathText(base).endsWith(path.sep) ? '' : path.sep;
  return Buffer.concat(
    [base, separator, relative].map((part) =>
      typeof part === 'string' ? Buffer.from(part) : part,
    ),
  );
}

/**
 * @param {Files} files
 * @param {string} location
 * @param {any[]} args
 * @param {Style} style
 */
function open(files, location, [path, given], style) {
  const options = parseOptions(given);
  if (options === null) return REFUSED;
  const index = files.table.lookup(location, true);
  if (index < 0 || !files.isDirectory(index)) {
    try {
      files.find(location, true, 'opendir', path);
      throw systemError('ENOTDIR', 'opendir', pathText(path));
    } catch (error) {
      // Only Node's opendirSync does not name the path.
      throw style === 'sync' ? withoutPath(/** @type {Error} */ (error)) : error;
    }
  }
  const base = plainPath(path);
  const { recursive, ...rest } = options;
  const handle = new Handle(files, location, base, options.encoding ?? 'utf8', !!recursive);
  return recursive ? new (recursiveDir())(handle, base, rest) : new Dir(handle, base, rest);
}

/** @param {Error & {path?: string}} error @returns {Error} */
function withoutPath(error) {
  error.message = error.message.replace(` '${error.path}'`, '');
  delete error.path;
  return error;
}

/** @type {new (handle: Handle, path: string | Buffer, options: object) => import('node:fs').Dir} */
const Dir = /** @type {any} */ (fs.Dir);

/** `fs.Dir` reads entries from this. Node's own handle is native. */
class Handle {
  #files;
  #encoding;
  /** @type {{at: string, shown: string}[]} */ #queue;
  /** @type {any[]} names and types alternate */ #ready = [];
  #recursive;

  /**
   * @param {Files} files
   * @param {string} location
   * @param {string | Buffer} base
   * @param {string} encoding
   * @param {boolean} recursive
   */
  constructor(files, location, base, encoding, recursive) {
    this.#files = files;
    this.#encoding = encoding;
    this.#recursive = recursive;
    this.#queue = [{ at: location, shown: pathText(base) }];
  }

  /**
   * @param {string} _encoding
   * @param {number} count
   * @param {{oncomplete: (error: Error | null, entries: any[] | null) => void}} [request]
   */
  read(_encoding, count, request) {
    while (this.#ready.length === 0 && this.#queue.length !== 0) this.#fill();
    const entries = this.#ready.length === 0 ? null : this.#ready.splice(0, count * 2);
    if (request === undefined) return entries;
    setImmediate(() => request.oncomplete(null, entries));
    return undefined;
  }

  /** @param {{oncomplete: (error: Error | null) => void}} [request] */
  close(request) {
    this.#queue.length = 0;
    if (request !== undefined) setImmediate(() => request.oncomplete(null));
  }

  #fill() {
    const { table, paths } = this.#files;
    const directory = /** @type {{at: string, shown: string}} */ (this.#queue.shift());
    for (const { name, type } of entriesOf(this.#files, table.lookup(directory.at, true))) {
      const shown = encode(name, this.#encoding);
      this.#ready.push(
        this.#recursive ? { name: shown, parentPath: directory.shown } : shown,
        type,
      );
      if (!this.#recursive || type !== UV_DIRENT_DIR) continue;
      const at = directory.at === '' ? name : `${directory.at}/${name}`;
      if (table.lookup(at, true) >= 0) {
        this.#queue.push({ at, shown: paths.path.join(directory.shown, name) });
      }
    }
  }
}

/** @type {any} */
let RecursiveDir;

/**
 * `fs.Dir` lists recursively only on the disk. Here its handle does, and says where each entry is.
 */
function recursiveDir() {
  /** @param {any} entry */
  const placed = (entry) => {
    if (entry === null || entry === undefined) return entry;
    const { name, parentPath } = entry.name;
    if (Object.hasOwn(entry, 'path')) entry.path = parentPath;
    return Object.assign(entry, { name, parentPath });
  };
  RecursiveDir ??= class extends /** @type {any} */ (Dir) {
    /** @param {any[]} args */
    read(...args) {
      const [callback] = args;
      if (typeof callback !== 'function') return super.read(...args).then(placed);
      return super.read((/** @type {Error | null} */ error, /** @type {any} */ entry) =>
        callback(error, placed(entry)),
      );
    }

    readSync() {
      return placed(super.readSync());
    }

    async *entries() {
      for await (const entry of super.entries()) yield placed(entry);
    }

    [Symbol.asyncIterator]() {
      return this.entries();
    }
  };
  Object.defineProperty(RecursiveDir, 'name', { value: 'Dir' });
  return RecursiveDir;
}

module.exports = { list, open };

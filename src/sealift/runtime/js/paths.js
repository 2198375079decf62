'use strict';

/**
 * Which paths are packaged, and their locations.
 *
 * A *location* is a path relative to the mount point, with `/` between its components: the file
 * `/snapshot/proj/a.js` (`C:\snapshot\proj\a.js` on Windows, with any drive letter) has the
 * location `proj/a.js`. Every file operation of a program calls `toLocation` first, so the answer
 * "not packaged" must be cheap: a path without the word `snapshot` costs one search of the text.
 *
 * Only this module and table.js know which paths are packaged and what they contain. If Node can
 * mount a provider of its own at `/snapshot` one day (`node:vfs`), these two become that provider,
 * and the hooks and the replaced functions of `fs` are not needed.
 */

const nodePath = require('node:path');
const { fileURLToPath } = require('node:url');
const { isUint8Array } = require('node:util/types');

const NAME = 'snapshot';
const BACKSLASHES = /\\/g;
const DRIVE = /^[A-Za-z]:/;
const WINDOWS_MOUNT = /^(?:[\\/]{2}[?.][\\/])?(?:[A-Za-z]:)?[\\/]snapshot(?:[\\/]|$)/;

/** @typedef {{interior: string | RegExp, exterior: string}} Mount */

class Paths {
  /** @type {Mount[]} */ #mounts = [];
  /** @type {((mount: Mount) => void) | undefined} */ #listener;
  /** @type {ReadonlyMap<string, string> | undefined} */ #substitutes;
  /** @type {string | undefined} */ #ownDirectory;
  /** @type {import('./shared-directory.js').SharedDirectory | undefined} */ #shared;
  /** @type {import('./disk-links.js').DiskLinks | undefined} */ #links;
  /** @type {boolean} */ #windows;

  /** @param {NodeJS.Platform} platform */
  constructor(platform) {
    this.#windows = platform === 'win32';
    /** `/snapshot` or `C:\snapshot`. */
    this.mountPoint = this.#windows ? 'C:\\snapshot' : '/snapshot';
    /** Node's path module of this platform. */
    this.path = this.#windows ? nodePath.win32 : nodePath.posix;
  }

  /**
   * Return the location of a path, or null if the path is not packaged: then Node's own function
   * must be called with `onDisk(path)`. A location may contain `..`, `.` and empty components,
   * which `Table.lookup` follows like the kernel; it never leaves the mount point.
   *
   * A path that Node would reject (wrong type, null byte, `http:` URL) is not packaged either, so
   * that Node's own function throws the error.
   *
   * @param {unknown} path string, Buffer or URL
   * @param {boolean} [follows] whether a link on the disk at the end of the path is followed
   * @returns {string | null}
   */
  toLocation(path, follows = true) {
    let text = typeof path === 'string' ? path : this.#toText(path);
    if (text === null) return null;
    if (this.#workingDirectory !== undefined) text = this.#absolute(text);
    const location = this.#locationBelowMount(text);
    if (location === null) {
      return this.#substitutes?.get(text) ?? this.#links?.locationOf(text, follows) ?? null;
    }
    if (location.includes('\0')) return null;
    return this.#mounts.length !== 0 && this.#mounted(location) !== null ? null : location;
  }

  /**
   * Return the absolute path of a location.
   *
   * @param {string} location without `.`, `..` and empty components
   * @returns {string}
   */
  fromLocation(location) {
    if (location === '') return this.mountPoint;
    return this.#windows
      ? `C:\\snapshot\\${location.replaceAll('/', '\\')}`
      : `/snapshot/${location}`;
  }

  /**
   * Return what Node's own function must receive for a path that is not packaged: the path on the
   * disk if the path is under a mount, an absolute path if the path is relative to a packaged
   * working directory, otherwise the path itself.
   *
   * @template T
   * @param {T} path
   * @returns {T | string}
   */
  onDisk(path) {
    if (this.#mounts.length === 0 && this.#workingDirectory === undefined) return path;
    const text = typeof path === 'string' ? path : this.#toText(path);
    if (text === null) return path;
    const absolute = this.#workingDirectory === undefined ? text : this.#absolute(text);
    const mounted = this.#mountedAt(absolute);
    if (mounted !== null) return mounted;
    return absolute === text ? path : this.path.normalize(absolute);
  }

  /**
   * `onDisk` for the first path of a function with two. A relative target of `symlink` starts at
   * the directory of the link.
   *
   * @template T
   * @param {string} name of the function
   * @param {T} path
   * @returns {T | string}
   */
  sourceOnDisk(name, path) {
    const isTarget = name === 'symlink' && typeof path === 'string' && !this.path.isAbsolute(path);
    return isTarget ? path : this.onDisk(path);
  }

  /**
   * @param {unknown} path string, Buffer or URL
   * @returns {boolean} whether it is under a mount
   */
  isMounted(path) {
    const text = typeof path === 'string' ? path : this.#toText(path);
    return text !== null && this.#mountedAt(this.#absolute(text)) !== null;
  }

  /**
   * Note that the program makes a link on the disk, which may lead to packaged files.
   *
   * @param {unknown} link string, Buffer or URL
   * @param {unknown} target the same
   */
  addDiskLink(link, target) {
    const [from, to] = [link, target].map((path) =>
      typeof path === 'string' ? path : this.#toText(path),
    );
    if (from !== null && to !== null && to.includes(NAME)) this.#diskLinks.add(from, to);
  }

  /**
   * Look for a link to packaged files, made by another process, on the way to a missing path.
   *
   * @param {string} missing path on the disk
   * @returns {boolean} whether there is one; then `toLocation` follows it
   */
  findDiskLink(missing) {
    return this.#diskLinks.find(missing);
  }

  get #diskLinks() {
    if (this.#links === undefined) {
      const { DiskLinks } = require('./disk-links.js');
      this.#links = new DiskLinks(this.path, (text) => this.#locationBelowMount(text));
    }
    return this.#links;
  }

  /** Whether any link on the disk is known to lead to packaged files. */
  get hasDiskLinks() {
    return this.#links !== undefined && this.#links.size !== 0;
  }

  /**
   * The packaged directory that relative paths start at, without links; undefined if they start at
   * the directory that the operating system knows. `process.chdir` sets it.
   */
  get workingDirectory() {
    return this.#workingDirectory;
  }

  set workingDirectory(directory) {
    if (this.#shared === undefined) this.#ownDirectory = directory;
    else this.#shared.directory = directory;
  }

  /**
   * From now on, have the working directory that other threads have.
   *
   * @param {import('./shared-directory.js').SharedDirectory} shared
   */
  shareDirectory(shared) {
    this.#shared = shared;
  }

  get #workingDirectory() {
    return this.#shared === undefined ? this.#ownDirectory : this.#shared.directory;
  }

  /**
   * The opposite of `onDisk`: the packaged path of a file on the disk.
   *
   * @param {string} file absolute path on the disk
   * @param {string} [within] a packaged path that was followed to the file: a mount with a regular
   *   expression has no opposite of its own
   * @returns {string} the path itself if no mount contains it
   */
  fromDisk(file, within) {
    if (within !== undefined) {
      const base = this.onDisk(within);
      const packaged = within + file.slice(base.length);
      if (file.startsWith(base) && this.onDisk(packaged) === file) return packaged;
    }
    for (const { interior, exterior } of this.#mounts) {
      if (typeof interior !== 'string') continue;
      const base = this.path.resolve(exterior);
      if (file === base) return interior;
      if (file.startsWith(base + this.path.sep)) return interior + file.slice(base.length);
    }
    return file;
  }

  /**
   * Mount a directory or file of the disk at a packaged path (`process.pkg.mount`).
   *
   * @param {string | RegExp} interior packaged path, or a pattern of packaged paths
   * @param {string} exterior path on the disk, or the replacement for the pattern
   */
  mount(interior, exterior) {
    const mount = {
      interior: typeof interior === 'string' ? this.path.resolve(interior) : interior,
      exterior,
    };
    this.#mounts.push(mount);
    this.#listener?.(mount);
  }

  /** Whether any directory or file of the disk is mounted. */
  get hasMounts() {
    return this.#mounts.length !== 0;
  }

  /**
   * Call a function for every mount, and for those made later.
   *
   * @param {(mount: Mount) => void} listener
   */
  onMount(listener) {
    this.#mounts.forEach(listener);
    this.#listener = listener;
  }

  /**
   * Read packaged files in place of some files on the disk.
   *
   * @param {ReadonlyMap<string, string>} locations of the packaged files by absolute path on the
   *   disk
   */
  substitute(locations) {
    this.#substitutes = locations;
  }

  /**
   * Return the names that mounts add to a packaged directory.
   *
   * @param {string} location of the directory
   * @returns {string[]}
   */
  mountedNames(location) {
    if (this.#mounts.length === 0) return [];
    const directory = this.fromLocation(location);
    const { path } = this;
    return this.#mounts.flatMap(({ interior }) =>
      typeof interior === 'string' && path.dirname(interior) === directory
        ? [path.basename(interior)]
        : [],
    );
  }

  /**
   * @param {string} text
   * @returns {string} an absolute path if it is relative to a packaged working directory
   */
  #absolute(text) {
    const directory = this.#workingDirectory;
    if (directory === undefined || text === '' || this.path.isAbsolute(text)) return text;
    if (this.#windows && DRIVE.test(text)) return text;
    return directory + this.path.sep + text;
  }

  /** @param {string} text @returns {string | null} location, whatever is mounted there */
  #locationBelowMount(text) {
    if (!text.includes(NAME)) return null;
    return this.#windows ? this.#fromWindows(text) : this.#fromPosix(text);
  }

  /** @param {string} text @returns {string | null} path on the disk; null: not under a mount */
  #mountedAt(text) {
    if (this.#mounts.length === 0) return null;
    const location = this.#locationBelowMount(text);
    return location === null ? null : this.#mounted(location);
  }

  /**
   * @param {string} location
   * @returns {string | null} path on the disk
   */
  #mounted(location) {
    const file = this.path.resolve(this.fromLocation(location));
    /** @type {string[]} */
    const found = [];
    for (const { interior, exterior } of this.#mounts) {
      if (typeof interior !== 'string') {
        if (file.search(interior) >= 0) found.push(file.replace(interior, exterior));
      } else if (file === interior) {
        found.push(exterior);
      } else if (file.startsWith(interior + this.path.sep)) {
        found.push(exterior + file.slice(interior.length));
      }
    }
    if (found.length > 1) throw new Error(require('./messages.js').mountsOverlap(file));
    return found.length === 1 ? found[0] : null;
  }

  /**
   * @param {unknown} path anything but a string
   * @returns {string | null}
   */
  #toText(path) {
    if (isUint8Array(path)) {
      return Buffer.from(path.buffer, path.byteOffset, path.length).toString();
    }
    if (!(path instanceof URL) || path.protocol !== 'file:') return null;
    try {
      return fileURLToPath(path, { windows: this.#windows });
    } catch {
      return null;
    }
  }

  /** @param {string} text @returns {string | null} */
  #fromPosix(text) {
    if (text.startsWith('/snapshot')) {
      if (text.length === 9) return '';
      if (text.charCodeAt(9) === 47 && !text.includes('..')) return text.slice(10);
    }
    // Resolved completely, so that `..` can neither enter nor leave the mount point unnoticed.
    const resolved = nodePath.posix.resolve(text);
    if (resolved === '/snapshot') return '';
    if (!resolved.startsWith('/snapshot/')) return null;
    // Only the part before the mount point is resolved as text: the kernel would follow the links
    // of `a/link/../b` and reject `file/`.
    if (!text.startsWith('/snapshot/')) return resolved.slice(10) + (text.endsWith('/') ? '/' : '');
    return leaves(text.slice(10)) ? resolved.slice(10) : text.slice(10);
  }

  /** @param {string} text @returns {string | null} */
  #fromWindows(text) {
    if (!WINDOWS_MOUNT.test(text) || text.includes('..')) {
      // Windows itself removes `..` from the text before it opens a directory.
      text = nodePath.win32.resolve(text);
      if (!WINDOWS_MOUNT.test(text)) return null;
    }
    return text.slice(text.indexOf(NAME) + NAME.length + 1).replace(BACKSLASHES, '/');
  }
}

/**
 * @param {string} location
 * @returns {boolean} whether its `..` components lead above its start, even if only for a part
 */
function leaves(location) {
  let depth = 0;
  for (const component of location.split('/')) {
    if (component === '..') depth -= 1;
    else if (component !== '' && component !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

/**
 * @param {string} directory location
 * @param {string} name
 * @returns {string} location of the entry
 */
function join(directory, name) {
  return directory === '' ? name : `${directory}/${name}`;
}

/** @param {string} location @returns {string} location of the directory that contains it */
function parentOf(location) {
  return location.slice(0, Math.max(location.lastIndexOf('/'), 0));
}

/** @param {string} location @returns {string} last component */
function baseName(location) {
  return location.slice(location.lastIndexOf('/') + 1);
}

module.exports = { Paths, join, parentOf, baseName };

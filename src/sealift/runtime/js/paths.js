'use strict';

/**
 * Which paths are packaged, and what they are called inside.
 *
 * A *location* is a path relative to the mount point, `/` between its components: the file
 * `/snapshot/proj/a.js` (`C:\snapshot\proj\a.js` on Windows, where any drive letter is taken) has the
 * location `proj/a.js`. Every file operation of a program asks `toLocation` first, so the answer
 * "not packaged" has to be cheap: a path without the word `snapshot` costs one search of the text.
 *
 * This file and table.js are the seam where Node's own `node:vfs` can take over one day: with the table
 * mounted there as a provider at `mountPoint`, the patches of fs/install.js and the hooks of modules/hooks.js
 * would not be installed, and nothing else asks where a file comes from.
 */

const nodePath = require('node:path');
const { fileURLToPath } = require('node:url');
const { isUint8Array } = require('node:util/types');

const NAME = 'snapshot';
const BACKSLASHES = /\\/g;
const WINDOWS_MOUNT = /^(?:[\\/]{2}[?.][\\/])?(?:[A-Za-z]:)?[\\/]snapshot(?:[\\/]|$)/;

/** @typedef {{interior: string | RegExp, exterior: string}} Mount */

class Paths {
  /** @type {Mount[]} */ #mounts = [];
  /** @type {((mount: Mount) => void) | undefined} */ #told;
  /** @type {ReadonlyMap<string, string> | undefined} */ #standIns;
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
   * The location that a path names, or null when the path is not packaged: then Node's own function
   * is to be called with `outside(path)`. A location may have `..`, `.` and empty components, which
   * `Table.lookup` walks as the kernel does; it never leaves the mount point.
   *
   * A path that Node would refuse (wrong type, null byte, `http:` URL) is not packaged either, so that
   * Node's own error comes out.
   *
   * @param {unknown} path string, Buffer or URL
   * @returns {string | null}
   */
  toLocation(path) {
    const text = typeof path === 'string' ? path : this.#toText(path);
    if (text === null) return null;
    if (!text.includes(NAME)) return this.#standIns?.get(text) ?? null;
    const location = this.#windows ? this.#fromWindows(text) : this.#fromPosix(text);
    if (location === null || location.includes('\0')) return null;
    return this.#mounts.length !== 0 && this.#mounted(location) !== null ? null : location;
  }

  /**
   * The absolute path of a location.
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
   * What to hand to Node's own function for a path that is not packaged: the place on the disk if the
   * path is under a mount, otherwise the path itself.
   *
   * @template T
   * @param {T} path
   * @returns {T | string}
   */
  outside(path) {
    if (this.#mounts.length === 0) return path;
    const text = typeof path === 'string' ? path : this.#toText(path);
    if (text === null || !text.includes(NAME)) return path;
    const location = this.#windows ? this.#fromWindows(text) : this.#fromPosix(text);
    return (location === null ? null : this.#mounted(location)) ?? path;
  }

  /**
   * The opposite of `outside`: the packaged path that a place on the disk stands for.
   *
   * @param {string} file absolute path on the disk
   * @returns {string} the path itself if no mount leads there, or only one with a regular expression
   */
  inside(file) {
    for (const { interior, exterior } of this.#mounts) {
      if (typeof interior !== 'string') continue;
      const base = this.path.resolve(exterior);
      if (file === base) return interior;
      if (file.startsWith(base + this.path.sep)) return interior + file.slice(base.length);
    }
    return file;
  }

  /**
   * Let a packaged path be a place on the disk (`process.pkg.mount`).
   *
   * @param {string | RegExp} interior packaged path, or what to replace in one
   * @param {string} exterior place on the disk, or the replacement
   */
  mount(interior, exterior) {
    const mount = {
      interior: typeof interior === 'string' ? this.path.resolve(interior) : interior,
      exterior,
    };
    this.#mounts.push(mount);
    this.#told?.(mount);
  }

  /**
   * Tell somebody of all mounts, those to come too.
   *
   * @param {(mount: Mount) => void} told
   */
  tellMounts(told) {
    this.#mounts.forEach(told);
    this.#told = told;
  }

  /**
   * Let packaged files stand for some on the disk.
   *
   * @param {ReadonlyMap<string, string>} locations by absolute path
   */
  standIn(locations) {
    this.#standIns = locations;
  }

  /**
   * Names that mounts add to a packaged directory.
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
   * @param {string} location
   * @returns {string | null} place on the disk
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
    if (found.length > 1) throw new Error(`UNEXPECTED-00: ${file} is under more than one mount`);
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
    // The whole of it, so that nothing outside is taken for packaged or the other way round.
    const resolved = nodePath.posix.resolve(text);
    if (resolved === '/snapshot') return '';
    if (!resolved.startsWith('/snapshot/')) return null;
    // `a/link/../b` and `file/` mean what the kernel makes of them, so only the way in is lexical.
    if (!text.startsWith('/snapshot/')) return resolved.slice(10) + (text.endsWith('/') ? '/' : '');
    return leaves(text.slice(10)) ? resolved.slice(10) : text.slice(10);
  }

  /** @param {string} text @returns {string | null} */
  #fromWindows(text) {
    if (!WINDOWS_MOUNT.test(text) || text.includes('..')) {
      // Windows itself removes `..` from the text before it looks at a directory.
      text = nodePath.win32.resolve(text);
      if (!WINDOWS_MOUNT.test(text)) return null;
    }
    return text.slice(text.indexOf(NAME) + NAME.length + 1).replace(BACKSLASHES, '/');
  }
}

/**
 * @param {string} location
 * @returns {boolean} whether its `..` components go above where it starts, be it only on the way
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

/** @param {string} directory location @param {string} name @returns {string} location of an entry of it */
function join(directory, name) {
  return directory === '' ? name : `${directory}/${name}`;
}

/** @param {string} location @returns {string} location of the directory it is in */
function parentOf(location) {
  return location.slice(0, Math.max(location.lastIndexOf('/'), 0));
}

/** @param {string} location @returns {string} last component */
function baseName(location) {
  return location.slice(location.lastIndexOf('/') + 1);
}

module.exports = { Paths, join, parentOf, baseName };

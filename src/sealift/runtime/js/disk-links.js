'use strict';

/**
 * Links on the disk that lead to packaged files: a program may link one of its packages into the
 * `node_modules` of the user's project and import it there. For the operating system such a link
 * leads nowhere, so paths through it are translated here.
 *
 * Known are the links that this thread has made, and those that a search for a missing module or
 * file has found. Each is read again whenever it is used, since anybody can remove or replace it.
 */

const { lstatSync, readlinkSync } = require('node:fs');

class DiskLinks {
  #path;
  #toLocation;
  /** @type {Set<string>} absolute paths */ #links = new Set();

  /**
   * @param {import('node:path').PlatformPath} path Node's module of this platform
   * @param {(text: string) => string | null} toLocation location of a path that is below the mount
   *   point
   */
  constructor(path, toLocation) {
    this.#path = path;
    this.#toLocation = toLocation;
  }

  /** How many are known. */
  get size() {
    return this.#links.size;
  }

  /**
   * Note a link that is made now.
   *
   * @param {string} link
   * @param {string} target as the program has given it
   */
  add(link, target) {
    const absolute = this.#path.resolve(link);
    if (this.#locationOfTarget(absolute, target) !== null) this.#links.add(absolute);
  }

  /**
   * Look for a link on the way to a path that does not exist, and note it if it leads to packaged
   * files.
   *
   * @param {string} missing
   * @returns {boolean} whether there is one
   */
  find(missing) {
    let place = this.#path.resolve(missing);
    for (;;) {
      const status = lstatSync(place, { throwIfNoEntry: false });
      if (status !== undefined) {
        if (!status.isSymbolicLink() || this.#target(place) === null) return false;
        this.#links.add(place);
        return true;
      }
      const above = this.#path.dirname(place);
      if (above === place) return false;
      place = above;
    }
  }

  /**
   * @param {string} text a path
   * @param {boolean} follows whether a link at its end is followed
   * @returns {string | null} location of what it leads to
   */
  locationOf(text, follows) {
    const absolute = this.#path.resolve(text);
    const isFollowed = follows || /[\\/]$/.test(text);
    for (const link of this.#links) {
      const isLink = absolute === link;
      if (isLink ? !isFollowed : !absolute.startsWith(link + this.#path.sep)) continue;
      const target = this.#target(link);
      if (target === null) this.#links.delete(link);
      else return target + absolute.slice(link.length).replaceAll(this.#path.sep, '/');
    }
    return null;
  }

  /** @param {string} link @returns {string | null} location; null: it leads elsewhere */
  #target(link) {
    try {
      return this.#locationOfTarget(link, readlinkSync(link));
    } catch {
      return null;
    }
  }

  /** @param {string} link @param {string} target @returns {string | null} */
  #locationOfTarget(link, target) {
    const location = this.#toLocation(this.#path.resolve(this.#path.dirname(link), target));
    return location === null ? null : location.replace(/\/$/, '');
  }
}

module.exports = { DiskLinks };

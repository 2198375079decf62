'use strict';

/** Packaged files by their `file:` URLs and back, each computed once. */

const { fileURLToPath, pathToFileURL } = require('node:url');
const { FILE, MISSING } = require('../table.js');

const NEEDS_NO_ESCAPE = /^[\w\-./@+~!$&'()*,;=]*$/;
const IS_PLAIN_URL = /^file:\/\/\/[^%?#]*$/;
const URL_PREFIX = process.platform === 'win32' ? 'file:///'.length : 'file://'.length;

class PackagedUrls {
  #snapshot;
  /** @type {Map<number, string>} */ #urls = new Map();
  /** @type {Map<string, number>} */ #indexes = new Map();

  /** @param {import('../snapshot.js').Snapshot} snapshot */
  constructor(snapshot) {
    this.#snapshot = snapshot;
  }

  /** @param {number} file @returns {string} */
  urlOf(file) {
    let url = this.#urls.get(file);
    if (url === undefined) {
      const path = this.#snapshot.pathOf(file);
      url =
        path[0] === '/' && NEEDS_NO_ESCAPE.test(path) ? `file://${path}` : pathToFileURL(path).href;
      this.#urls.set(file, url);
      this.#indexes.set(url, file);
    }
    return url;
  }

  /** @param {string} url @returns {number} index of the packaged file, or MISSING */
  indexOf(url) {
    let file = this.#indexes.get(url);
    if (file !== undefined) return file;
    if (!url.includes('/snapshot') || !url.startsWith('file:')) return MISSING;
    file = this.#snapshot.find(IS_PLAIN_URL.test(url) ? url.slice(URL_PREFIX) : new URL(url));
    if (file < 0 || this.#snapshot.table.kind(file) !== FILE) return MISSING;
    this.#indexes.set(url, file);
    return file;
  }

  /**
   * @param {string} url
   * @returns {string} URL of the file on the disk if the URL is under a mount
   */
  onDisk(url) {
    if (!url.includes('/snapshot') || !url.startsWith('file:')) return url;
    const path = fileURLToPath(url);
    const onDisk = this.#snapshot.paths.onDisk(path);
    return onDisk === path ? url : pathToFileURL(onDisk).href;
  }
}

module.exports = { PackagedUrls };

'use strict';

/**
 * Writes packaged files to the disk, where the operating system can load or run them: into the
 * first suitable place of places.js.
 *
 * A shared place has a directory for each digest, which stays. Every file is compared byte for byte
 * before it is used. If it differs, a new file is renamed into its place. So processes that start
 * together need no lock: all write the same, and none sees half a file.
 *
 * Files are checked, written and renamed relative to open directories that belong to the user alone
 * (directories.js). The path that the operating system loads leads through no directory that
 * another user could replace. So what is loaded is what was checked.
 *
 * A directory that has not been used for a month is removed when another is created. Its
 * modification time is when it was last used; a process that runs for long renews it.
 *
 * A private place is removed when the process ends, or at once if it only holds one addon that is
 * loaded: the system keeps loaded files in memory. Stock Node has no `memfd_create`, so it cannot
 * load a file that exists only in memory.
 */

const fs = require('node:fs');
const path = require('node:path');
const { setInterval } = require('node:timers');
const { Refusal, mustBeRunnable } = require('./directories.js');
const { RENEWED_AFTER, removeAbandoned, removeUnused, renew, unique } = require('./leftovers.js');
const { findPlaces } = require('./places.js');
const { notPermitted } = require('../messages.js');

const STEP = 1 << 20;
const ATTEMPTS = 10;
const PAUSE = 20;
/** A FIFO or a device in the place of a file does not hang. */
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
const IN_USE = new Set(['EACCES', 'EBUSY', 'EPERM', 'EEXIST']);
const EVERYBODY = 0o777;
const NATIVE = /\.(?:node|so|dylib|dll|exe)(?:\.\d+)*$/i;

const windows = process.platform === 'win32';

/**
 * @typedef {import('./directories.js').Directory} Directory
 * @typedef {import('./load.js').Bundle} Bundle
 * @typedef {import('./places.js').Place} Place
 * @typedef {import('../table.js').Table} Table
 */

class Extraction {
  /** @type {Place[] | undefined} */ #places;
  /** @type {Map<Place, string>} */ #refused = new Map();
  /** @type {Set<string>} */ #used = new Set();
  /** @type {Buffer | undefined} */ #buffer;

  /** The places that have not been refused, in order. @returns {Iterable<Place>} */
  *all() {
    this.#places ??= findPlaces();
    for (const place of this.#places) if (!this.#refused.has(place)) yield place;
  }

  /** @param {Place} place that is not tried again @param {string} reason */
  refuse(place, reason) {
    this.#refused.set(place, reason);
  }

  /** @returns {{directory: string, reason: string}[]} */
  refusals() {
    /** @type {Map<string, string>} */
    const reasons = new Map();
    for (const [{ directory }, reason] of this.#refused) reasons.set(directory, reason);
    return [...reasons].map(([directory, reason]) => ({ directory, reason }));
  }

  /** @param {string} file @returns {boolean} whether an extracted file still exists */
  isThere(file) {
    return fs.existsSync(file);
  }

  /**
   * Write a bundle to a place.
   *
   * @param {Place} place
   * @param {Table} table
   * @param {Bundle} bundle
   * @returns {string | null} path on the disk of the addon or program; null: the place is
   *   unsuitable
   */
  put(place, table, bundle) {
    const { main, files, digest, isData = false, links, contentOf } = bundle;
    /** @type {Directory[]} */
    const open = [];
    /** @type {Subdirectories | undefined} */
    let parents;
    let kept;
    try {
      const root = place.open();
      open.push(root);
      const base = root.make(digest);
      open.push(base);
      this.#use(place.shared || !place.isTrusted ? base.pathOf('') : root.pathOf(''));
      if (place.shared) removeAbandoned(root.at(''));
      parents = new Subdirectories(base);
      for (const [name, file] of files) {
        const runs =
          (name === main && !isData) || (table.mode(file) & 0o111) !== 0 || NATIVE.test(name);
        const mode = runs ? 0o700 : 0o600;
        const content = contentOf === undefined ? table.bytes(file) : contentOf(file);
        this.#write(root, parents.of(name), path.posix.basename(name), content, mode);
      }
      for (const [name, target] of links ?? []) {
        makeLink(root, parents.of(name), path.posix.basename(name), target);
      }
      if (base.isNew && place.shared) removeUnused(root.at(''));
      if (!isData) mustBeRunnable(base.at(main));
      // An untrusted path leads through the descriptor.
      if (!base.isTrusted) kept = base;
      return base.pathOf(main);
    } catch (error) {
      this.refuse(place, reasonOf(error, place));
      return null;
    } finally {
      parents?.close();
      for (const directory of open) if (directory !== kept) directory.close();
    }
  }

  /**
   * Called when an addon has been loaded: removes its file if nothing else needs it.
   *
   * @param {Place} place
   * @param {Bundle} bundle
   * @returns {boolean} whether the file is removed
   */
  loaded(place, { files, digest }) {
    if (place.shared || !place.isTrusted || windows || files.size > 1) return false;
    fs.rmSync(path.join(place.directory, digest), { recursive: true, force: true });
    return true;
  }

  /** @param {string} directory that this process uses, so that no other process removes it */
  #use(directory) {
    if (this.#used.size === 0) setInterval(() => this.#used.forEach(renew), RENEWED_AFTER).unref();
    this.#used.add(directory);
    renew(directory);
  }

  /**
   * Make sure that a file exists, has the given content and belongs to the user alone.
   *
   * @param {Directory} root for a temporary file
   * @param {Directory} parent
   * @param {string} name
   * @param {Buffer} bytes
   * @param {number} mode
   */
  #write(root, parent, name, bytes, mode) {
    const file = parent.at(name);
    if (this.#isSame(file, bytes, mode)) return;
    const temporary = root.at(`.tmp-${unique()}`);
    try {
      const descriptor = fs.openSync(temporary, 'wx', mode);
      try {
        // Whatever the umask is. Node's permission model forbids `fchmod`.
        if (!windows) fs.chmodSync(temporary, mode);
        for (let at = 0; at < bytes.length;) at += fs.writeSync(descriptor, bytes, at);
      } finally {
        fs.closeSync(descriptor);
      }
      for (let attempt = 1; ; attempt += 1) {
        try {
          fs.renameSync(temporary, file);
          return;
        } catch (error) {
          // Windows does not replace a file that is loaded or open. Then another process wrote it.
          const { code = '' } = /** @type {NodeJS.ErrnoException} */ (error);
          if (!windows || !IN_USE.has(code) || attempt === ATTEMPTS) throw error;
          if (this.#isSame(file, bytes, mode)) break;
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
        }
      }
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
    fs.rmSync(temporary, { force: true });
  }

  /** @param {string} file @param {Buffer} bytes @param {number} mode @returns {boolean} */
  #isSame(file, bytes, mode) {
    let descriptor;
    try {
      descriptor = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch {
      return false;
    }
    try {
      const status = fs.fstatSync(descriptor);
      if (!status.isFile() || status.size !== bytes.length) return false;
      const isOurs = status.uid === process.geteuid?.() && (status.mode & EVERYBODY) === mode;
      if (!windows && !isOurs) return false;
      this.#buffer ??= Buffer.allocUnsafeSlow(STEP);
      for (let at = 0; at < bytes.length;) {
        const count = fs.readSync(descriptor, this.#buffer, 0, STEP, at);
        if (count === 0 || this.#buffer.compare(bytes, at, at + count, 0, count) !== 0) {
          return false;
        }
        at += count;
      }
      return true;
    } catch {
      return false;
    } finally {
      fs.closeSync(descriptor);
    }
  }
}

/** The directories that lead to one file of a bundle: few are open at a time. */
class Subdirectories {
  #base;
  /** @type {{name: string, directory: Directory}[]} from the outermost */ #open = [];

  /** @param {Directory} base */
  constructor(base) {
    this.#base = base;
  }

  /** @param {string} file path relative to the base @returns {Directory} the one that contains it */
  of(file) {
    const names = file.split('/').slice(0, -1);
    let depth = 0;
    while (depth < names.length && this.#open[depth]?.name === names[depth]) depth += 1;
    this.#closeFrom(depth);
    let current = this.#open.at(-1)?.directory ?? this.#base;
    for (const name of names.slice(depth)) {
      current = current.make(name);
      this.#open.push({ name, directory: current });
    }
    return current;
  }

  close() {
    this.#closeFrom(0);
  }

  /** @param {number} depth */
  #closeFrom(depth) {
    for (const { directory } of this.#open.splice(depth)) directory.close();
  }
}

/**
 * Make sure that a symbolic link leads to its target.
 *
 * @param {Directory} root for a temporary link
 * @param {Directory} parent
 * @param {string} name
 * @param {string} target relative to the link's directory
 */
function makeLink(root, parent, name, target) {
  const link = parent.at(name);
  // A junction of Windows needs no privilege, but an absolute target.
  const wanted = windows ? path.resolve(parent.path, target) : target;
  try {
    if (path.relative(fs.readlinkSync(link), wanted) === '') return;
  } catch {
    // It is missing.
  }
  const temporary = root.at(`.tmp-${unique()}`);
  fs.symlinkSync(wanted, temporary, 'junction');
  try {
    fs.renameSync(temporary, link);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** @param {unknown} error @param {Place} place @returns {string} why it is unsuitable */
function reasonOf(error, place) {
  const { code, syscall, message } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === 'ERR_ACCESS_DENIED') return notPermitted(place.directory);
  if (error instanceof Refusal || code === undefined) return message;
  const words = message.replace(/^[A-Z0-9]+: /, '').replace(/, \w+ '[^]*$/, '');
  return `${words} (${code}, ${syscall})`;
}

module.exports = { Extraction };

'use strict';

/**
 * Puts packaged files where the system can load or run them, in the first of these places that will do:
 *
 * 1. PKG_NATIVE_CACHE_PATH, if it is set; else the user's cache (`$XDG_CACHE_HOME` or `~/.cache`,
 *    `~/Library/Caches`, `%LOCALAPPDATA%`);
 * 2. the user's own directory among the temporary ones;
 * 3. a directory for this process alone among the temporary ones, on Linux in memory (`/dev/shm`), beside
 *    the executable.
 *
 * In 1 and 2 is a directory for each digest, which processes share and which stays. Every file is compared
 * byte for byte before it is used and replaced if it differs, by renaming a new one into its place, so
 * processes that start together need no lock: all of them write the same, and none sees half a file. What
 * belongs to somebody else, or what others can change, is not used.
 *
 * A directory that has not been used for a month is removed when another is made. Its time says when it
 * was used last; a process that runs for long renews it.
 *
 * A directory of 3 is removed when the process ends, and at once if all that was in it is one addon that is
 * loaded: what is loaded stays in memory. That is as near as stock Node comes to a file that is nowhere but
 * in memory, as it has no `memfd_create`.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setInterval } = require('node:timers');

const OWN = 'sealift';
const STEP = 1 << 20;
const DAY = 24 * 60 * 60 * 1000;
const UNUSED_FOR = 30 * DAY;
const RENEWED_AFTER = DAY / 2;
const ATTEMPTS = 10;
const PAUSE = 20;
const { O_RDONLY, O_NOFOLLOW = 0, X_OK } = fs.constants;
const IN_USE = new Set(['EACCES', 'EBUSY', 'EPERM', 'EEXIST']);

const windows = process.platform === 'win32';

/**
 * @typedef {object} Place
 * @property {string} directory
 * @property {() => void} prepare makes it; throws if it will not do
 * @property {boolean} kept it stays and is shared
 * @property {boolean} prepared
 *
 * @typedef {import('./load.js').Bundle} Bundle
 * @typedef {import('../table.js').Table} Table
 */

class Extraction {
  /** @type {Place[] | undefined} */ #places;
  /** @type {Map<string, string>} */ #refused = new Map();
  /** @type {Set<string>} */ #used = new Set();
  /** @type {Buffer | undefined} */ #buffer;

  /** The places that have not been refused, in their order. @returns {Iterable<Place>} */
  *all() {
    this.#places ??= this.#find();
    for (const place of this.#places) if (!this.#refused.has(place.directory)) yield place;
  }

  /** @param {Place} place not to be tried again @param {string} reason */
  refuse(place, reason) {
    this.#refused.set(place.directory, reason);
  }

  /** @returns {{directory: string, reason: string}[]} */
  refusals() {
    return [...this.#refused].map(([directory, reason]) => ({ directory, reason }));
  }

  /** @param {string} file @returns {boolean} whether it still is where it was put */
  isThere(file) {
    return fs.existsSync(file);
  }

  /**
   * @param {Place} place
   * @param {Table} table
   * @param {Bundle} bundle
   * @returns {string | null} path on the disk of what was asked for; null: the place will not do
   */
  put(place, table, { asked, files, digest }) {
    try {
      if (!place.prepared) place.prepare();
      place.prepared = true;
      const base = path.join(place.directory, digest);
      const isNew = makeDirectory(base);
      this.#use(place.kept ? base : place.directory);
      for (const [name, file] of files) {
        const runs = name === asked || (table.mode(file) & 0o111) !== 0 || NATIVE.test(name);
        this.#write(path.join(base, name), base, table.bytes(file), runs ? 0o700 : 0o600);
      }
      if (isNew && place.kept) removeUnused(place.directory);
      const file = path.join(base, asked);
      mayRun(file);
      return file;
    } catch (error) {
      this.refuse(place, reasonOf(error));
      return null;
    }
  }

  /**
   * An addon has been loaded.
   *
   * @param {Place} place
   * @param {Bundle} bundle
   * @returns {boolean} whether its file is needed no longer, and is gone
   */
  loaded(place, { files, digest }) {
    if (place.kept || windows || files.size > 1) return false;
    fs.rmSync(path.join(place.directory, digest), { recursive: true, force: true });
    return true;
  }

  /** @returns {Place[]} */
  #find() {
    const found = [];
    const given = process.env.PKG_NATIVE_CACHE_PATH;
    const caches = given ? [path.resolve(given)] : userCaches();
    for (const cache of caches) {
      const directory = path.join(cache, OWN);
      found.push(shared(directory, () => makeAbove(cache, given ? '' : homeOf(cache))));
    }
    const temporary = path.resolve(os.tmpdir());
    if (!windows) {
      const directory = path.join(temporary, `${OWN}-${process.geteuid?.()}`);
      found.push(shared(directory, () => mustBeSafe(temporary)));
    }
    const above = [
      temporary,
      ...(process.platform === 'linux' ? ['/dev/shm'] : []),
      path.dirname(process.execPath),
    ];
    for (const directory of new Set(above)) found.push(alone(directory));
    return found;
  }

  /** @param {string} directory that this process uses, and others would remove one day */
  #use(directory) {
    if (this.#used.size === 0) setInterval(() => this.#used.forEach(renew), RENEWED_AFTER).unref();
    this.#used.add(directory);
    renew(directory);
  }

  /**
   * See to it that a file is there, has these bytes, and is the user's alone.
   *
   * @param {string} file
   * @param {string} base
   * @param {Buffer} bytes
   * @param {number} mode
   */
  #write(file, base, bytes, mode) {
    if (this.#isSame(file, bytes, mode)) return;
    makeBelow(base, path.dirname(file));
    const temporary = `${file}.${unique()}`;
    try {
      const descriptor = fs.openSync(temporary, 'wx', mode);
      try {
        for (let at = 0; at < bytes.length;) at += fs.writeSync(descriptor, bytes, at);
      } finally {
        fs.closeSync(descriptor);
      }
      for (let attempt = 1; ; attempt += 1) {
        try {
          fs.renameSync(temporary, file);
          return;
        } catch (error) {
          // Windows does not replace what is loaded or looked at. Then another process has put it there.
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
      descriptor = fs.openSync(file, O_RDONLY | O_NOFOLLOW);
    } catch {
      return false;
    }
    try {
      const status = fs.fstatSync(descriptor);
      if (!status.isFile() || status.size !== bytes.length) return false;
      if (!windows && (status.uid !== process.geteuid?.() || (status.mode & 0o777) !== mode)) {
        return false;
      }
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

const NATIVE = /\.(?:node|so|dylib|dll|exe)(?:\.\d+)*$/i;

/** @returns {string} what no other process nor thread comes by; files with it are made with `x` all the same */
function unique() {
  return process.pid.toString(36) + Math.random().toString(36).slice(2);
}

/** Why a place will not do, in words. */
class Refusal extends Error {}

/** @param {unknown} error @returns {string} */
function reasonOf(error) {
  const { code, syscall, message } = /** @type {NodeJS.ErrnoException} */ (error);
  if (error instanceof Refusal || code === undefined) return message;
  return `${message.replace(/^[A-Z0-9]+: /, '').replace(/, \w+ '[^]*$/, '')} (${code}, ${syscall})`;
}

/** @param {string} directory @param {() => void} prepareAbove @returns {Place} */
function shared(directory, prepareAbove) {
  const prepare = () => {
    if (!exists(directory)) prepareAbove();
    makeDirectory(directory);
  };
  return { directory, prepare, kept: true, prepared: false };
}

/** @param {string} above @returns {Place} a new directory in there, for as long as this process runs */
function alone(above) {
  const place = {
    directory: path.join(above, `${OWN}-XXXXXX`),
    kept: false,
    prepared: false,
    prepare,
  };
  return place;

  function prepare() {
    mustBeSafe(above);
    removeUnused(above, /^sealift-[A-Za-z0-9]{6}$/);
    place.directory = fs.mkdtempSync(path.join(above, `${OWN}-`));
    process.on('exit', () => {
      try {
        fs.rmSync(place.directory, { recursive: true, force: true });
      } catch {
        // Windows keeps what is loaded; it is removed as unused one day.
      }
    });
  }
}

/** @returns {string[]} */
function userCaches() {
  if (windows) {
    const local = process.env.LOCALAPPDATA;
    const home = homeDirectory();
    return local ? [local] : home ? [path.join(home, 'AppData', 'Local')] : [];
  }
  const given = process.env.XDG_CACHE_HOME;
  if (process.platform !== 'darwin' && given && path.isAbsolute(given)) return [given];
  const home = homeDirectory();
  if (!home) return [];
  return [
    process.platform === 'darwin'
      ? path.join(home, 'Library', 'Caches')
      : path.join(home, '.cache'),
  ];
}

/** @returns {string} absolute path, or '' */
function homeDirectory() {
  try {
    const home = os.homedir();
    return path.isAbsolute(home) ? home : '';
  } catch {
    return ''; // neither HOME nor an entry for the user
  }
}

/** @param {string} cache @returns {string} the home directory, if that is where the cache is */
function homeOf(cache) {
  const home = homeDirectory();
  return home !== '' && cache.startsWith(home) ? home : '';
}

/** @param {string} cache made with all above it @param {string} home which must be there, or '' */
function makeAbove(cache, home) {
  if (home !== '' && !windows) {
    const status = fs.statSync(home);
    // Root in the home of a user: what it leaves there, the user could not use later.
    if (status.uid !== process.geteuid?.()) throw new Refusal(`${home} belongs to another user`);
  }
  makeAll(cache);
}

/** @param {string} directory made with all above it; unlike Node's own way, it tells what is in its way */
function makeAll(directory) {
  if (fs.existsSync(directory)) return;
  makeAll(path.dirname(directory));
  try {
    fs.mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (!exists(directory)) throw error;
  }
}

/** @param {string} directory in which something is to be made */
function mustBeSafe(directory) {
  if (windows) return;
  const { uid, mode } = fs.statSync(directory);
  if (uid !== 0 && uid !== process.geteuid?.()) {
    throw new Refusal(`${directory} belongs to another user`);
  }
  if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) {
    throw new Refusal(`others can change what is in ${directory}`);
  }
}

/** @param {string} directory @returns {boolean} whether it is new; it is the user's alone then */
function makeDirectory(directory) {
  let isNew = false;
  try {
    fs.mkdirSync(directory, { mode: 0o700 });
    isNew = true;
  } catch (error) {
    if (!exists(directory)) throw error;
  }
  const status = fs.lstatSync(directory);
  if (!status.isDirectory()) throw new Refusal('it is not a directory');
  if (windows) return isNew;
  if (status.uid !== process.geteuid?.()) throw new Refusal('it belongs to another user');
  if ((status.mode & 0o077) !== 0) fs.chmodSync(directory, 0o700);
  return isNew;
}

/** @param {string} base @param {string} directory in it, at whatever depth */
function makeBelow(base, directory) {
  if (directory === base) makeDirectory(base);
  else if (!exists(directory)) {
    makeBelow(base, path.dirname(directory));
    makeDirectory(directory);
  }
}

/** @param {string} file */
function mayRun(file) {
  try {
    fs.accessSync(file, X_OK);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EACCES') throw error;
    throw new Refusal('nothing there may be loaded or run (it is mounted with "noexec")');
  }
}

/** @param {string} file @returns {boolean} whatever it is */
function exists(file) {
  return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** @param {string} directory is in use now */
function renew(directory) {
  try {
    const now = Date.now();
    // As seldom as will do: it is a write.
    if (now - fs.statSync(directory).mtimeMs < RENEWED_AFTER) return;
    fs.utimesSync(directory, now / 1000, now / 1000);
  } catch {
    // It cannot be written to: then it is not removed either.
  }
}

/**
 * @param {string} above directory
 * @param {RegExp} names of those in it that are ours
 */
function removeUnused(above, names = /^(?:[0-9a-f]{32}|\.[0-9a-f]{32}\.\w+)$/) {
  try {
    for (const name of fs.readdirSync(above)) {
      const directory = path.join(above, name);
      if (!names.test(name) || !isUnused(directory)) continue;
      // First out of sight, so that nobody finds half of it; who renews it meanwhile gets it back.
      const aside = path.join(above, `.${name}.${unique()}`);
      fs.renameSync(directory, aside);
      if (isUnused(aside)) fs.rmSync(aside, { recursive: true, force: true });
      else fs.renameSync(aside, directory);
    }
  } catch {
    // Somebody else is at it, or Windows keeps what is loaded.
  }
}

/** @param {string} directory @returns {boolean} */
function isUnused(directory) {
  const status = fs.lstatSync(directory);
  const isOurs = windows || status.uid === process.geteuid?.();
  return isOurs && status.isDirectory() && Date.now() - status.mtimeMs > UNUSED_FOR;
}

module.exports = { Extraction };

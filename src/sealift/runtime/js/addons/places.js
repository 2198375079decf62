'use strict';

/**
 * The directories into which files may be extracted, in order:
 *
 * 1. shared: PKG_NATIVE_CACHE_PATH if it is set; else the user's cache (`$XDG_CACHE_HOME` or
 *    `~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`);
 * 2. shared: the user's own directory in the temporary directory;
 * 3. private to this process: a new directory in the temporary directory, on Linux in memory
 *    (`/dev/shm`), in the directory of the executable;
 * 4. on Linux the shared ones again, if others can change a directory above them;
 * 5. and new directories in the same places: others may have put something in the way of 4.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { openDirectory } = require('./directories.js');
const { removeThrough, removeAbandoned, removeAbandonedIn, unique } = require('./leftovers.js');

/** @typedef {import('./directories.js').Directory} Directory */

const OWN = 'sealift';
/** Of new directories: others would have to find and move each while it is made. */
const ATTEMPTS = 10;

const windows = process.platform === 'win32';

/**
 * @typedef {object} Place
 * @property {string} directory its name in messages
 * @property {() => Directory} open creates it if it is missing; throws if it is unsuitable
 * @property {boolean} shared whether it stays, for all processes of the user
 * @property {boolean} isTrusted whether its files are at their paths: nobody else can replace them
 */

/** @returns {Place[]} */
function findPlaces() {
  const linux = process.platform === 'linux';
  const shared = sharedDirectories();
  const parents = [os.tmpdir(), ...(linux ? ['/dev/shm'] : []), path.dirname(process.execPath)];
  return [
    ...shared.map((directory) => sharedPlace(directory, false)),
    ...distinct(parents).map(privatePlace),
    ...(linux ? shared : []).map((directory) => sharedPlace(directory, true)),
    ...(linux ? distinct([...shared.map(({ parent }) => parent), ...parents]) : []).map(
      untrustedPlace,
    ),
  ];
}

/** @param {string[]} directories @returns {string[]} each once, as an absolute path */
function distinct(directories) {
  return [...new Set(directories.map((directory) => path.resolve(directory)))];
}

/**
 * @typedef {object} SharedDirectory
 * @property {string} parent absolute path
 * @property {string} name
 * @property {string} existing directory above it that is never created, or ''
 */

/** @returns {SharedDirectory[]} */
function sharedDirectories() {
  const given = process.env.PKG_NATIVE_CACHE_PATH;
  const home = homeDirectory();
  const found = (given ? [path.resolve(given)] : userCaches(home)).map((parent) => {
    const isInHome = !given && home !== '' && parent.startsWith(home + path.sep);
    return { parent, name: OWN, existing: isInHome ? home : '' };
  });
  if (windows) return found;
  const temporary = path.resolve(os.tmpdir());
  const name = `${OWN}-${process.geteuid?.()}`;
  return [...found, { parent: temporary, name, existing: temporary }];
}

/** @param {SharedDirectory} where @param {boolean} mayBeUntrusted @returns {Place} */
function sharedPlace({ parent, name, existing }, mayBeUntrusted) {
  const directory = path.join(parent, name);
  return { directory, shared: true, isTrusted: !mayBeUntrusted, open };

  function open() {
    if (existing !== '') openDirectory(existing, false, mayBeUntrusted).close();
    return makeIn(openDirectory(parent, true, mayBeUntrusted), name);
  }
}

/** @param {string} parent @returns {Place} a new directory in it, removed when the process ends */
function privatePlace(parent) {
  let name = '';
  const place = { directory: parent, shared: false, isTrusted: true, open };
  return place;

  function open() {
    const above = openDirectory(parent, false, false);
    if (name !== '') return makeIn(above, name);
    removeAbandoned(above.path);
    name = `${OWN}-${unique()}`;
    const directory = makeIn(above, name);
    place.directory = directory.path;
    process.on('exit', () => {
      try {
        fs.rmSync(directory.path, { recursive: true, force: true });
      } catch {
        // Windows keeps files that are loaded. A later process removes them as unused.
      }
    });
    return directory;
  }
}

/**
 * @param {string} parent that others can change
 * @returns {Place} a new directory in it, which stays open and is reached only through its
 *   descriptor
 */
function untrustedPlace(parent) {
  /** @type {Directory | undefined} */
  let own;
  return { directory: parent, shared: false, isTrusted: false, open };

  function open() {
    own ??= makeAmongOthers(parent);
    return own.open('.');
  }
}

/** @param {string} parent @returns {Directory} */
function makeAmongOthers(parent) {
  const above = openDirectory(parent, false, true);
  removeAbandonedIn(above);
  for (let attempt = 1; ; attempt += 1) {
    const name = `${OWN}-${unique()}`;
    try {
      const own = above.make(name);
      process.on('exit', () => {
        try {
          removeThrough(own, above.at(name));
        } catch {
          // Somebody has moved it. It is empty.
        }
      });
      return own;
    } catch (error) {
      if (attempt === ATTEMPTS) {
        above.close();
        throw error;
      }
    }
  }
}

/** @param {Directory} parent closed @param {string} name @returns {Directory} */
function makeIn(parent, name) {
  try {
    return parent.make(name);
  } finally {
    parent.close();
  }
}

/** @param {string} home @returns {string[]} */
function userCaches(home) {
  if (windows) {
    const local = process.env.LOCALAPPDATA;
    return local ? [local] : home ? [path.join(home, 'AppData', 'Local')] : [];
  }
  const mac = process.platform === 'darwin';
  const given = process.env.XDG_CACHE_HOME;
  if (!mac && given && path.isAbsolute(given)) return [given];
  if (!home) return [];
  return [mac ? path.join(home, 'Library', 'Caches') : path.join(home, '.cache')];
}

/** @returns {string} absolute path, or '' */
function homeDirectory() {
  try {
    const home = os.homedir();
    return path.isAbsolute(home) ? home : '';
  } catch {
    return ''; // Neither HOME nor an entry for the user exists.
  }
}

module.exports = { findPlaces };

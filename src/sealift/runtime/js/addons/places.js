'use strict';

/**
 * The directories into which files may be extracted, in order:
 *
 * 1. shared: PKG_NATIVE_CACHE_PATH if it is set; else the user's cache (`$XDG_CACHE_HOME` or
 *    `~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`);
 * 2. shared: the user's own directory in the temporary directory;
 * 3. private to this process: a new directory in the temporary directory, on Linux in memory
 *    (`/dev/shm`), in the directory of the executable.
 *
 * A directory that belongs to another user, or that others can change, is not used.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { otherOwner, othersCanWrite } = require('../messages.js');
const { Refusal, exists, makeDirectory, removeUnused } = require('./directories.js');

const OWN = 'sealift';

const windows = process.platform === 'win32';

/**
 * @typedef {object} Place
 * @property {string} directory
 * @property {() => void} prepare creates it; throws if it is unsuitable
 * @property {boolean} shared whether it stays, for all processes of the user
 * @property {boolean} prepared
 */

/** @returns {Place[]} */
function findPlaces() {
  const found = [];
  const given = process.env.PKG_NATIVE_CACHE_PATH;
  const caches = given ? [path.resolve(given)] : userCaches();
  for (const cache of caches) {
    const directory = path.join(cache, OWN);
    found.push(sharedPlace(directory, () => makeCache(cache, given ? '' : homeOf(cache))));
  }
  const temporary = path.resolve(os.tmpdir());
  if (!windows) {
    const directory = path.join(temporary, `${OWN}-${process.geteuid?.()}`);
    found.push(sharedPlace(directory, () => mustBeSafe(temporary)));
  }
  const parents = [
    temporary,
    ...(process.platform === 'linux' ? ['/dev/shm'] : []),
    path.dirname(process.execPath),
  ];
  for (const directory of new Set(parents)) found.push(privatePlace(directory));
  return found;
}

/** @param {string} directory @param {() => void} prepareParent @returns {Place} */
function sharedPlace(directory, prepareParent) {
  const prepare = () => {
    if (!exists(directory)) prepareParent();
    makeDirectory(directory);
  };
  return { directory, prepare, shared: true, prepared: false };
}

/** @param {string} parent @returns {Place} a new directory in it, removed when the process ends */
function privatePlace(parent) {
  const directory = path.join(parent, `${OWN}-XXXXXX`);
  const place = { directory, shared: false, prepared: false, prepare };
  return place;

  function prepare() {
    mustBeSafe(parent);
    removeUnused(parent, /^sealift-[A-Za-z0-9]{6}$/);
    place.directory = fs.mkdtempSync(path.join(parent, `${OWN}-`));
    process.on('exit', () => {
      try {
        fs.rmSync(place.directory, { recursive: true, force: true });
      } catch {
        // Windows keeps files that are loaded. A later process removes them as unused.
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
    return ''; // Neither HOME nor an entry for the user exists.
  }
}

/** @param {string} cache @returns {string} the home directory if it contains the cache, else '' */
function homeOf(cache) {
  const home = homeDirectory();
  return home !== '' && cache.startsWith(home) ? home : '';
}

/**
 * Create a cache directory and those above it.
 *
 * @param {string} cache
 * @param {string} home directory that must exist already, or ''
 */
function makeCache(cache, home) {
  if (home !== '' && !windows) {
    const status = fs.statSync(home);
    // If root runs in a user's home, the user could not use later what root leaves there.
    if (status.uid !== process.geteuid?.()) throw new Refusal(otherOwner(home));
  }
  makeAll(cache);
}

/**
 * @param {string} directory created with all above it; unlike Node's, errors name what is in the
 *   way
 */
function makeAll(directory) {
  if (fs.existsSync(directory)) return;
  makeAll(path.dirname(directory));
  try {
    fs.mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (!exists(directory)) throw error;
  }
}

/** @param {string} directory in which a directory is to be created */
function mustBeSafe(directory) {
  if (windows) return;
  const { uid, mode } = fs.statSync(directory);
  if (uid !== 0 && uid !== process.geteuid?.()) throw new Refusal(otherOwner(directory));
  if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) throw new Refusal(othersCanWrite(directory));
}

module.exports = { findPlaces };

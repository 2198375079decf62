'use strict';

/** Directories that belong to the user alone, and the removal of those that nobody uses. */

const fs = require('node:fs');
const path = require('node:path');
const { NOT_A_DIRECTORY, NOEXEC, OTHER_OWNER } = require('../messages.js');

const DAY = 24 * 60 * 60 * 1000;
const UNUSED_FOR = 30 * DAY;
const RENEWED_AFTER = DAY / 2;

const windows = process.platform === 'win32';

/** A place is unsuitable; the message says why. */
class Refusal extends Error {}

/** @returns {string} a part of a name that no other process or thread uses */
function unique() {
  return process.pid.toString(36) + Math.random().toString(36).slice(2);
}

/** @param {string} file @returns {boolean} whether anything has this name */
function exists(file) {
  return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** @param {string} directory @returns {boolean} whether it is new; it belongs to the user alone */
function makeDirectory(directory) {
  let isNew = false;
  try {
    fs.mkdirSync(directory, { mode: 0o700 });
    isNew = true;
  } catch (error) {
    if (!exists(directory)) throw error;
  }
  const status = fs.lstatSync(directory);
  if (!status.isDirectory()) throw new Refusal(NOT_A_DIRECTORY);
  if (windows) return isNew;
  if (status.uid !== process.geteuid?.()) throw new Refusal(OTHER_OWNER);
  if ((status.mode & 0o077) !== 0) fs.chmodSync(directory, 0o700);
  return isNew;
}

/** @param {string} base @param {string} directory below it, at any depth */
function makeBelow(base, directory) {
  if (directory === base) makeDirectory(base);
  else if (!exists(directory)) {
    makeBelow(base, path.dirname(directory));
    makeDirectory(directory);
  }
}

/** @param {string} file */
function mustBeRunnable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EACCES') throw error;
    throw new Refusal(NOEXEC);
  }
}

/** @param {string} directory whose time of last use becomes now */
function renew(directory) {
  try {
    const now = Date.now();
    // As rarely as possible, since it writes to the disk.
    if (now - fs.statSync(directory).mtimeMs < RENEWED_AFTER) return;
    fs.utimesSync(directory, now / 1000, now / 1000);
  } catch {
    // A directory that is not writable is not removed either.
  }
}

/**
 * Remove the directories that no process has used for a month.
 *
 * @param {string} parent
 * @param {RegExp} names of the directories in it that are ours
 */
function removeUnused(parent, names = /^(?:[0-9a-f]{32}|\.[0-9a-f]{32}\.\w+)$/) {
  try {
    for (const name of fs.readdirSync(parent)) {
      const directory = path.join(parent, name);
      if (!names.test(name) || !isUnused(directory)) continue;
      // Renamed first, so that no process finds half of it. If one renews it meanwhile, it comes
      // back.
      const aside = path.join(parent, `.${name}.${unique()}`);
      fs.renameSync(directory, aside);
      if (isUnused(aside)) fs.rmSync(aside, { recursive: true, force: true });
      else fs.renameSync(aside, directory);
    }
  } catch {
    // Another process removes it too, or Windows keeps files that are loaded.
  }
}

/** @param {string} directory @returns {boolean} */
function isUnused(directory) {
  const status = fs.lstatSync(directory);
  const isOurs = windows || status.uid === process.geteuid?.();
  return isOurs && status.isDirectory() && Date.now() - status.mtimeMs > UNUSED_FOR;
}

module.exports = {
  RENEWED_AFTER,
  Refusal,
  exists,
  makeBelow,
  makeDirectory,
  mustBeRunnable,
  removeUnused,
  renew,
  unique,
};

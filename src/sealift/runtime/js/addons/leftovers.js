'use strict';

/**
 * Removes extracted files that nobody needs: temporary files and private directories of processes
 * that have ended, and shared directories that no process has used for a month. Only what belongs
 * to the user is removed.
 */

const fs = require('node:fs');
const path = require('node:path');

const DAY = 24 * 60 * 60 * 1000;
const UNUSED_FOR = 30 * DAY;
const RENEWED_AFTER = DAY / 2;
const CLOCK_STEP = 2000;
const OTHERS = 0o077;

const SHARED = /^(?:[0-9a-f]{32}|\.[0-9a-f]{32}\.\w+)$/;
const OF_PROCESS = /^(?:sealift|\.tmp)-([0-9a-z]+)-([0-9a-z]+)-[0-9a-z]+$/;

const windows = process.platform === 'win32';

/** @typedef {import('./directories.js').Directory} Directory */

/** @returns {string} a part of a name that no other process or thread uses */
function unique() {
  const random = Math.random().toString(36).slice(2) || '0';
  return `${processNamespace()}-${process.pid.toString(36)}-${random}`;
}

/** @returns {string} digits that differ between containers, whose processes have equal numbers */
function processNamespace() {
  try {
    return Number(/\d+/.exec(fs.readlinkSync('/proc/self/ns/pid'))?.[0]).toString(36);
  } catch {
    return '0';
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

/** @param {string} parent of the shared directories */
function removeUnused(parent) {
  for (const name of entriesOf(parent)) {
    if (SHARED.test(name)) attempt(() => removeIfUnused(parent, name));
  }
}

/** @param {string} parent @param {string} name of a shared directory in it */
function removeIfUnused(parent, name) {
  const directory = path.join(parent, name);
  if (!isUnused(directory)) return;
  // Renamed first, so that no process finds half of it. If one renews it meanwhile, it comes back.
  const aside = path.join(parent, `.${name.replace(/^\.|\..*/g, '')}.${Date.now()}`);
  fs.renameSync(directory, aside);
  if (isUnused(aside)) fs.rmSync(aside, { recursive: true, force: true });
  else fs.renameSync(aside, directory);
}

/** @param {string} directory @returns {boolean} */
function isUnused(directory) {
  const status = fs.lstatSync(directory);
  return isOurs(status) && status.isDirectory() && Date.now() - status.mtimeMs > UNUSED_FOR;
}

/**
 * Remove what processes have left that were killed.
 *
 * @param {string} parent of files and directories with names of `unique`
 */
function removeAbandoned(parent) {
  const namespace = processNamespace();
  for (const name of entriesOf(parent)) {
    const [, where, number] = OF_PROCESS.exec(name) ?? [];
    if (where === undefined) continue;
    attempt(() => {
      const entry = path.join(parent, name);
      const status = fs.lstatSync(entry);
      if (!isOurs(status)) return;
      const isOld = Date.now() - status.mtimeMs > UNUSED_FOR;
      if (!isOld && (where !== namespace || !hasEnded(parseInt(number, 36), status))) return;
      fs.rmSync(entry, { recursive: true, force: true });
    });
  }
}

/**
 * The same for a directory that others can change: paths in it lead somewhere else at any moment.
 *
 * @param {Directory} parent
 */
function removeAbandonedIn(parent) {
  const namespace = processNamespace();
  for (const name of entriesOf(parent.at(''))) {
    const [, where, number] = OF_PROCESS.exec(name) ?? [];
    if (where !== namespace) continue;
    attempt(() => {
      const directory = parent.open(name);
      try {
        const { status } = directory;
        const isPrivate = isOurs(status) && (status.mode & OTHERS) === 0;
        const isLeft = isPrivate && hasEnded(parseInt(number, 36), status);
        if (isLeft) removeThrough(directory, parent.at(name));
      } finally {
        directory.close();
      }
    });
  }
}

/**
 * Remove a directory of the user's own through its descriptor.
 *
 * @param {Directory} directory
 * @param {string} entry its path; if something else is there now, that is not removed unless it is
 *   an empty directory
 */
function removeThrough(directory, entry) {
  for (const name of entriesOf(directory.at(''))) {
    fs.rmSync(directory.at(name), { recursive: true, force: true });
  }
  fs.rmdirSync(entry);
}

/** @param {string} directory @returns {string[]} */
function entriesOf(directory) {
  try {
    return fs.readdirSync(directory);
  } catch {
    return [];
  }
}

/** @param {() => void} remove */
function attempt(remove) {
  try {
    remove();
  } catch {
    // Another process removes it too, or Windows keeps files that are loaded.
  }
}

/**
 * @param {number} number of a process
 * @param {fs.Stats} status of what it made
 * @returns {boolean}
 */
function hasEnded(number, status) {
  // A container's first process has the same number after a restart.
  if (number === process.pid) {
    return status.mtimeMs < Date.now() - process.uptime() * 1000 - CLOCK_STEP;
  }
  try {
    process.kill(number, 0);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH';
  }
}

/** @param {fs.Stats} status @returns {boolean} */
function isOurs(status) {
  return windows || status.uid === process.geteuid?.();
}

module.exports = {
  RENEWED_AFTER,
  removeThrough,
  removeAbandoned,
  removeAbandonedIn,
  removeUnused,
  renew,
  unique,
};

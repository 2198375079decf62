'use strict';

/**
 * Directories in which no other user can change what this process has checked.
 *
 * A directory is trusted if it and each directory above it, up to `/`, belong to the user or to
 * root, and others can write to none of them; a sticky bit protects the entries of `/tmp`. Then no
 * other user can put another file in the place of one, and its path is safe to use.
 *
 * A directory that belongs to the user alone, inside one that others can change, can still be
 * moved away and replaced. On Linux it is open as a descriptor, and all its files are reached
 * through that (`/proc/PID/fd/N/name`), wherever it has been moved. Elsewhere it is refused: plain
 * Node cannot open a file relative to a descriptor there. Windows gives each user's directories an
 * access list; nothing is checked there.
 */

const fs = require('node:fs');
const path = require('node:path');
const {
  NOT_A_DIRECTORY,
  NOEXEC,
  MANY_LINKS,
  otherOwner,
  othersCanWrite,
} = require('../messages.js');

const MAX_LINKS = 40;
const OTHERS = 0o077;
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;
const { O_DIRECTORY = 0, O_NOFOLLOW = 0 } = fs.constants;
/** Linux's; Node does not name it. Such a descriptor needs no permission to read the directory. */
const O_PATH = 0o10000000;
const OPEN_DIRECTORY = O_PATH | O_DIRECTORY | O_NOFOLLOW;

const windows = process.platform === 'win32';

/** A place is unsuitable; the message says why. */
class Refusal extends Error {}

/** A directory that is open, so that it stays the same one. */
class Directory {
  /** @type {number | undefined} */ #descriptor;

  /**
   * @param {string} directory absolute path, without links
   * @param {number | undefined} descriptor undefined where files have only paths
   * @param {fs.Stats} status
   * @param {boolean} isTrusted whether the same is true of its path: nobody else can replace it
   */
  constructor(directory, descriptor, status, isTrusted) {
    this.path = directory;
    this.#descriptor = descriptor;
    this.status = status;
    this.isTrusted = isTrusted;
    this.isNew = false;
  }

  /** Whether its files are reached wherever it is moved. */
  get hasDescriptor() {
    return this.#descriptor !== undefined;
  }

  /** @param {string} name @returns {string} path of an entry, for this process */
  at(name) {
    if (this.#descriptor === undefined) return path.join(this.path, name);
    return `/proc/self/fd/${this.#descriptor}/${name}`;
  }

  /** @param {string} name @returns {string} path of an entry, for its children too */
  pathOf(name) {
    if (this.isTrusted) return path.join(this.path, name);
    return `/proc/${process.pid}/fd/${this.#descriptor}/${name}`;
  }

  /**
   * @param {string} name
   * @returns {Directory} that subdirectory, which may be anybody's; a link is refused
   */
  open(name) {
    const directory = path.join(this.path, name);
    if (this.#descriptor === undefined) {
      const status = fs.lstatSync(directory);
      if (!status.isDirectory()) throw new Refusal(NOT_A_DIRECTORY);
      return new Directory(directory, undefined, status, this.isTrusted);
    }
    const descriptor = fs.openSync(this.at(name), OPEN_DIRECTORY);
    return new Directory(directory, descriptor, fs.fstatSync(descriptor), this.isTrusted);
  }

  /**
   * @param {string} name
   * @returns {Directory} a subdirectory that belongs to the user alone; created if it is missing
   */
  make(name) {
    const entry = this.at(name);
    let isNew = false;
    try {
      fs.mkdirSync(entry, { mode: 0o700 });
      isNew = true;
    } catch (error) {
      if (!exists(entry)) throw error;
    }
    // A umask may have taken the user's own rights away. `chmod` follows links, so it is called
    // only where nobody else can replace the directory by one.
    if (this.isTrusted && !windows) {
      const status = fs.lstatSync(entry);
      const isOwn = status.isDirectory() && status.uid === process.geteuid?.();
      if (isOwn && (isNew || (status.mode & OTHERS) !== 0)) fs.chmodSync(entry, 0o700);
    }
    const directory = this.open(name);
    directory.isNew = isNew;
    const reason = windows ? null : reasonNotPrivate(directory);
    if (reason === null) return directory;
    directory.close();
    throw new Refusal(reason);
  }

  close() {
    if (this.#descriptor !== undefined) fs.closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/**
 * Open a directory, component by component.
 *
 * @param {string} target absolute path
 * @param {boolean} mayCreate whether missing directories are created
 * @param {boolean} mayBeUntrusted whether it is opened if others can change it
 * @returns {Directory}
 */
function openDirectory(target, mayCreate, mayBeUntrusted) {
  if (windows) return openOnWindows(target, mayCreate);
  const { root } = path.parse(target);
  let current = openRoot(root);
  try {
    let links = 0;
    const pending = componentsOf(target.slice(root.length));
    for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
      const status = fs.lstatSync(current.at(name), { throwIfNoEntry: false });
      if (status?.isSymbolicLink()) {
        requireTrusted(current, path.join(current.path, name), status, false);
        links += 1;
        if (links > MAX_LINKS) throw new Refusal(MANY_LINKS);
        const link = fs.readlinkSync(current.at(name));
        pending.unshift(...componentsOf(link));
        if (path.isAbsolute(link)) current = replace(current, openRoot(root));
      } else if (name === '..') {
        pending.unshift(...componentsOf(path.dirname(current.path).slice(root.length)));
        current = replace(current, openRoot(root));
      } else {
        const isMissing = status === undefined && mayCreate;
        current = replace(current, isMissing ? current.make(name) : current.open(name));
        requireTrusted(current, current.path, current.status, mayBeUntrusted);
      }
    }
    return current;
  } catch (error) {
    current.close();
    throw error;
  }
}

/** @param {string} target @param {boolean} mayCreate @returns {Directory} */
function openOnWindows(target, mayCreate) {
  if (mayCreate) fs.mkdirSync(target, { recursive: true });
  const status = fs.statSync(target);
  if (!status.isDirectory()) throw new Refusal(NOT_A_DIRECTORY);
  return new Directory(target, undefined, status, true);
}

/** @param {string} text of a path or a link @returns {string[]} */
function componentsOf(text) {
  return text.split('/').filter((name) => name !== '' && name !== '.');
}

/** @param {Directory} old @param {Directory} current @returns {Directory} */
function replace(old, current) {
  old.close();
  return current;
}

/** @param {string} root `/` @returns {Directory} */
function openRoot(root) {
  // The permission model compares names of files.
  const isForbidden = process.permission?.has('fs.write', '/proc/self/fd') === false;
  if (process.platform === 'linux' && !isForbidden) {
    try {
      // Not `/`, in whose place QEMU opens its own directory of libraries.
      const descriptor = fs.openSync('/proc/self/root/', O_PATH | O_DIRECTORY);
      if (exists(`/proc/self/fd/${descriptor}/.`)) {
        return new Directory(root, descriptor, fs.fstatSync(descriptor), true);
      }
      fs.closeSync(descriptor);
    } catch {
      // A sandbox without /proc. Files have only paths then.
    }
  }
  return new Directory(root, undefined, fs.lstatSync(root), true);
}

/**
 * @param {Directory} directory no longer trusted, if the entry is not
 * @param {string} entry
 * @param {fs.Stats} status of the entry
 * @param {boolean} isAllowed otherwise an untrusted entry is refused
 */
function requireTrusted(directory, entry, status, isAllowed) {
  const reason = reasonNotTrusted(entry, status);
  if (reason === null) return;
  if (!isAllowed || !directory.hasDescriptor) throw new Refusal(reason);
  directory.isTrusted = false;
}

/** @param {string} entry @param {fs.Stats} status @returns {string | null} */
function reasonNotTrusted(entry, status) {
  if (!isTrustedOwner(status.uid)) return otherOwner(entry);
  if (status.isSymbolicLink()) return null;
  const { mode } = status;
  const isOpen = (mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0;
  return isOpen ? othersCanWrite(entry) : null;
}

/** @param {Directory} directory @returns {string | null} */
function reasonNotPrivate({ path: name, status }) {
  if (status.uid !== process.geteuid?.()) return otherOwner(name);
  return (status.mode & OTHERS) === 0 ? null : othersCanWrite(name);
}

/** @param {number} user @returns {boolean} */
function isTrustedOwner(user) {
  // In a sandbox that maps only one user, the owner of `/` stands for root.
  return user === process.geteuid?.() || user === 0 || user === fs.statSync('/').uid;
}

/** @param {string} file @returns {boolean} whether anything has this name */
function exists(file) {
  return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
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

module.exports = { Directory, Refusal, exists, mustBeRunnable, openDirectory };

'use strict';

/**
 * `copyFile` and `cpSync` out of the package; into it, the error of a read-only file system.
 * `fs.cp` and `fs.promises.cp` are Node's own: JavaScript that calls fs.promises, which is
 * replaced.
 */

const fs = require('node:fs');
const { constants } = require('node:os');
const path = require('node:path');
const { nodeError } = require('../node-errors.js');
const { refusal, systemError } = require('./system-errors.js');
const { isInteger, isMode, pathText } = require('./arguments.js');
const { REFUSED } = require('./packaged-files.js');

const { COPYFILE_EXCL } = fs.constants;
/** Node 26 also rejects existing directories, and dereferences links below the top. */
const STRICT = Number.parseInt(process.versions.node, 10) >= 26;
/** Bytes of one write, so that a large file does not delay other requests. */
const CHUNK = 1 << 22;

/** @typedef {import('./packaged-files.js').Files} Files */

/**
 * @param {Files} files
 * @param {string | null} from location, null: on the disk
 * @param {string | null} to
 * @param {any[]} args
 * @param {import('./packaged-files.js').Style} style
 */
function copyFile(files, from, to, [source, target, mode], style) {
  if (mode !== undefined && mode !== null && !isInteger(mode, 0, 7)) return REFUSED;
  const src = pathText(source);
  const dest = pathText(target);
  const fail = (/** @type {string} */ location, /** @type {string} */ code) =>
    files.failure(code, 'copyfile', src, dest);
  const index = from === null ? 0 : files.table.lookup(from, true);
  if (from !== null && index < 0) throw fail(from, files.codeOf(index));
  if (to !== null) {
    if (from === null) {
      const code = whyNotRead(files, source);
      if (code !== null) throw systemError(code, 'copyfile', src, dest);
    }
    throw fail(to, whyNotWritten(files, to, (mode & COPYFILE_EXCL) !== 0));
  }
  const flags = mode & COPYFILE_EXCL ? 'wx' : 'w';
  if (files.isDirectory(index)) throw fail('', 'EISDIR');
  const bytes = files.table.bytes(files.readable(index, 'copyfile', src));
  const permissions = files.table.mode(index);
  const place = files.paths.onDisk(target);
  const renamed = (/** @type {any} */ error) =>
    error.syscall === undefined ? error : systemError(error.code, 'copyfile', src, dest);
  if (style !== 'sync') {
    return writeLater(files, place, bytes, flags, permissions).catch((error) => {
      throw renamed(error);
    });
  }
  try {
    writeNow(files, place, bytes, flags, permissions);
  } catch (error) {
    throw renamed(error);
  }
  return undefined;
}

/** @param {Files} files @param {any} source @returns {string | null} error code */
function whyNotRead(files, source) {
  try {
    files.real.closeSync(files.real.openSync(files.paths.onDisk(source), 'r'));
    return null;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code ?? 'EACCES';
  }
}

/**
 * @param {Files} files
 * @param {string} location
 * @param {boolean} exclusive
 * @returns {string} error code
 */
function whyNotWritten(files, location, exclusive) {
  const index = files.table.lookup(location, !exclusive);
  if (index < 0) {
    return files.codeOf(index) === 'ENOENT' ? files.whyNotCreated(location) : files.codeOf(index);
  }
  if (exclusive) return 'EEXIST';
  return files.isDirectory(index) ? 'EISDIR' : 'EROFS';
}

/**
 * @param {Files} files
 * @param {any} place
 * @param {Buffer} bytes
 * @param {string} flags
 * @param {number} permissions
 */
function writeNow({ real, windows }, place, bytes, flags, permissions) {
  const fd = real.openSync(place, flags, permissions);
  try {
    for (let done = 0; done < bytes.length;) done += fs.writeSync(fd, bytes, done);
    // Node's permission model forbids `fchmod`.
    if (!windows) real.chmodSync(place, permissions);
  } finally {
    real.closeSync(fd);
  }
}

/**
 * @param {Files} files
 * @param {any} place
 * @param {Buffer} bytes
 * @param {string} flags
 * @param {number} permissions
 */
async function writeLater({ realPromises, windows }, place, bytes, flags, permissions) {
  const handle = await realPromises.open(place, flags, permissions);
  try {
    for (let done = 0; done < bytes.length;) {
      const length = Math.min(CHUNK, bytes.length - done);
      done += (await handle.write(bytes, done, length)).bytesWritten;
    }
    if (!windows) await realPromises.chmod(place, permissions);
  } finally {
    await handle.close();
  }
}

/**
 * `cpSync`. Node's own is partly native code that sees the disk only.
 *
 * @param {any[]} args
 */
function copyTree([source, target, given]) {
  const options = parseCopyOptions(given);
  if (options === null) return REFUSED;
  const src = pathText(source);
  const dest = pathText(target);
  if (options.filter && !isWanted(options, src, dest)) return undefined;
  check(src, dest, options);
  fs.mkdirSync(path.dirname(dest), { recursive: true });
  copyOne(src, dest, options);
  return undefined;
}

/**
 * @typedef {{dereference: boolean, errorOnExist: boolean, force: boolean, preserveTimestamps:
 *   boolean, recursive: boolean, verbatimSymlinks: boolean, mode: number, below?: boolean, filter?:
 *   (source: string, target: string) => unknown}} CopyOptions
 */

/** @param {any} given @returns {CopyOptions | null} null: Node rejects them */
function parseCopyOptions(given) {
  if (
    given !== undefined &&
    (typeof given !== 'object' || given === null || Array.isArray(given))
  ) {
    return null;
  }
  const options = {
    dereference: false,
    errorOnExist: false,
    force: true,
    preserveTimestamps: false,
    recursive: false,
    verbatimSymlinks: false,
    mode: 0,
    ...given,
  };
  const { filter, mode, ...switches } = options;
  if (filter !== undefined && typeof filter !== 'function') return null;
  if (!isInteger(mode, 0, 7) || (options.dereference && options.verbatimSymlinks)) return null;
  const names = [
    'dereference',
    'errorOnExist',
    'force',
    'preserveTimestamps',
    'recursive',
    'verbatimSymlinks',
  ];
  return names.every((name) => typeof switches[name] === 'boolean') ? options : null;
}

/** @param {CopyOptions} options @param {string} src @param {string} dest */
function isWanted(options, src, dest) {
  const wanted = options.filter?.(src, dest);
  if (!(wanted instanceof Promise)) return wanted;
  throw nodeError(
    TypeError,
    'ERR_INVALID_RETURN_VALUE',
    'Expected boolean to be returned from the "filter" function but got an instance of Promise.',
  );
}

/**
 * Check what Node checks before it writes anything.
 *
 * @param {string} src
 * @param {string} dest
 * @param {CopyOptions} options
 */
function check(src, dest, { dereference, recursive }) {
  // This looks reversed, but Node's native check does the same.
  const stat = dereference ? fs.lstatSync : fs.statSync;
  const from = stat(src, { throwIfNoEntry: false });
  if (from === undefined) return;
  const to = stat(dest, { throwIfNoEntry: false });
  const error = (/** @type {string} */ code, /** @type {string} */ message) =>
    nodeError(Error, code, message);
  if (to !== undefined) {
    if (to.ino === from.ino && to.dev === from.dev) {
      throw error('ERR_FS_CP_EINVAL', `src and dest cannot be the same ${dest}`);
    }
    const [fromDirectory, toDirectory] = [from.isDirectory(), to.isDirectory()];
    if (fromDirectory && !toDirectory) {
      throw error(
        'ERR_FS_CP_DIR_TO_NON_DIR',
        `Cannot overwrite non-directory ${dest} with directory ${src}`,
      );
    }
    if (!fromDirectory && toDirectory) {
      throw error(
        'ERR_FS_CP_NON_DIR_TO_DIR',
        `Cannot overwrite directory ${dest} with non-directory ${src}`,
      );
    }
  }
  if (from.isDirectory()) {
    if (!recursive) {
      throw error(
        'ERR_FS_EISDIR',
        `Recursive option not enabled, cannot copy a directory: ${src}${path.sep}`,
      );
    }
    if (`${path.resolve(dest)}${path.sep}`.startsWith(`${path.resolve(src)}${path.sep}`)) {
      throw error('ERR_FS_CP_EINVAL', `Cannot copy ${src} to a subdirectory of self ${dest}`);
    }
  }
}

/**
 * @param {string} src
 * @param {string} dest
 * @param {CopyOptions} options
 */
function copyOne(src, dest, options) {
  const stat = options.dereference ? fs.statSync : fs.lstatSync;
  const from = stat(src);
  const to = stat(dest, { throwIfNoEntry: false });
  if (from.isDirectory()) copyDirectory(src, dest, options, from, to);
  else if (from.isSymbolicLink()) copyLink(src, dest, options, to);
  else copyContents(src, dest, options, from, to);
}

/**
 * @param {string} src
 * @param {string} dest
 * @param {CopyOptions} options
 * @param {import('node:fs').Stats} from
 * @param {import('node:fs').Stats} [to]
 */
function copyDirectory(src, dest, options, from, to) {
  if (to === undefined) fs.mkdirSync(dest);
  else if (STRICT && options.errorOnExist && !options.force) throw exists(dest);
  for (const name of fs.readdirSync(src)) {
    const [below, target] = [path.join(src, name), path.join(dest, name)];
    // Without a filter Node uses native code, which does not follow links on older releases.
    const dereference = STRICT && options.dereference;
    if (!options.filter) copyOne(below, target, { ...options, dereference, below: true });
    else if (isWanted(options, below, target)) copyOne(below, target, options);
  }
  if (options.preserveTimestamps) fs.utimesSync(dest, from.atime, from.mtime);
  if (to === undefined && isMode(from.mode)) fs.chmodSync(dest, from.mode);
}

/**
 * @param {string} src
 * @param {string} dest
 * @param {CopyOptions} options
 * @param {import('node:fs').Stats} from
 * @param {import('node:fs').Stats} [to]
 */
function copyContents(src, dest, options, from, to) {
  if (to !== undefined) {
    if (options.force) fs.unlinkSync(dest);
    else if (options.errorOnExist) throw options.below ? existsBelow(dest) : exists(dest);
    else return;
  }
  fs.copyFileSync(src, dest, options.mode);
  if (options.preserveTimestamps) {
    if (!(from.mode & 0o200)) fs.chmodSync(dest, from.mode | 0o200);
    fs.utimesSync(dest, from.atime, from.mtime);
  }
  fs.chmodSync(dest, from.mode);
}

/**
 * @param {string} src
 * @param {string} dest
 * @param {CopyOptions} options
 * @param {import('node:fs').Stats} [to]
 */
function copyLink(src, dest, options, to) {
  let target = fs.readlinkSync(src);
  if (!options.verbatimSymlinks && !path.isAbsolute(target)) {
    target = path.resolve(path.dirname(src), target);
  }
  const directory = fs.statSync(src, { throwIfNoEntry: false })?.isDirectory();
  if (to?.isSymbolicLink()) fs.unlinkSync(dest);
  fs.symlinkSync(target, dest, directory ? 'dir' : 'file');
}

/** @param {string} dest */
function exists(dest) {
  const message = `${dest} already exists`;
  const errno = constants.errno.EEXIST;
  const info = { code: 'EEXIST', message, path: dest, syscall: 'cp', errno };
  return refusal('ERR_FS_CP_EEXIST', 'Target already exists', info);
}

/** @param {string} dest */
function existsBelow(dest) {
  const code = 'ERR_FS_CP_EEXIST';
  return nodeError(
    Error,
    code,
    `[${code}]: Target already exists: cp returned EEXIST (${dest} already exists)`,
  );
}

module.exports = { copyFile, copyTree };

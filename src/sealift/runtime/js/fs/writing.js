'use strict';

/**
 * Operations that would change packaged files. The package is read-only, so each throws the error
 * of a read-only file system: EROFS, or one that is checked earlier (ENOENT, EEXIST, ...). Only two
 * that change nothing succeed: `mkdir -p` of an existing directory and `rm -f` of a missing file.
 */

const { constants } = require('node:fs');
const os = require('node:os');
const { MISSING } = require('../table.js');
const { refusal, systemError } = require('./system-errors.js');
const { isMode, isInteger, parseOptions, parseFlags, pathText } = require('./arguments.js');
const { REFUSED } = require('./packaged-files.js');

const MAX_ID = 2 ** 32 - 1;

/** @typedef {import('./packaged-files.js').Files} Files */
/** @typedef {import('./packaged-files.js').Operation} Operation */

/**
 * @param {Files} files
 * @param {Record<string, Operation>} reading the operations that open files
 * @returns {Record<string, Operation>}
 */
function writing(files, reading) {
  const { table } = files;

  /**
   * An operation on an existing file: `chmod`, `utimes`.
   *
   * @param {string} syscall
   * @param {boolean} follow
   * @param {(args: any[]) => boolean} accepts
   * @returns {Operation}
   */
  const change = (syscall, follow, accepts) => (location, args) => {
    if (!accepts(args)) return REFUSED;
    files.find(location, follow, syscall, args[0]);
    throw systemError('EROFS', syscall, pathText(args[0]));
  };

  /**
   * An operation on an entry of a directory, which may be missing: `unlink`.
   *
   * @param {string} syscall
   * @returns {Operation}
   */
  const remove =
    (syscall) =>
    (location, [path]) => {
      throw files.failure(files.whyNotCreated(location), syscall, pathText(path));
    };

  /** @param {string} flag @returns {Operation} */
  const write =
    (flag) =>
    (location, [path, data, given], style) => {
      const options = parseOptions(given);
      const iterable = style === 'promise' && typeof data === 'object' && data !== null;
      if (typeof data !== 'string' && !ArrayBuffer.isView(data) && !iterable) return REFUSED;
      if (options === null || options.signal?.aborted || !isMode(options.mode)) return REFUSED;
      const flags = options.flag || flag;
      if (parseFlags(flags) === null || !isBoolean(options.flush)) return REFUSED;
      return reading.open(location, [path, flags], 'sync');
    };

  /** @param {string} location @param {any[]} args */
  const makeTemporary = (location, [prefix, given]) => {
    if (parseOptions(given) === null) return REFUSED;
    const code = files.whyNotCreated(location.endsWith('/') ? `${location}x` : location);
    throw files.failure(code, 'mkdtemp', `${pathText(prefix)}XXXXXX`);
  };

  const owners = (/** @type {any[]} */ [, uid, gid]) =>
    isInteger(uid, -1, MAX_ID) && isInteger(gid, -1, MAX_ID);
  const times = (/** @type {any[]} */ [, atime, mtime]) => isTime(atime) && isTime(mtime);

  return {
    chmod: change('chmod', true, ([, mode]) => mode !== undefined && mode !== null && isMode(mode)),
    // Only macOS has it; elsewhere Node's own function throws.
    lchmod: (location, args, style) =>
      process.platform === 'darwin'
        ? change('lchmod', false, ([, mode]) => isMode(mode))(location, args, style)
        : REFUSED,
    chown: change('chown', true, owners),
    lchown: change('lchown', false, owners),
    utimes: change('utime', true, times),
    lutimes: change('lutime', false, times),
    unlink: remove('unlink'),
    writeFile: write('w'),
    appendFile: write('a'),

    truncate(location, [path, length]) {
      if (length !== undefined && !isInteger(length, Number.MIN_SAFE_INTEGER)) return REFUSED;
      return reading.open(location, [path, constants.O_RDWR], 'sync');
    },

    mkdir(location, [path, given]) {
      const options = typeof given === 'object' && given !== null ? given : { mode: given };
      if (!isMode(options.mode) || !isBoolean(options.recursive)) return REFUSED;
      const fail = (/** @type {string} */ code) => files.failure(code, 'mkdir', pathText(path));
      if (!options.recursive) {
        const there = table.lookup(location.replace(/\/+$/, ''), false);
        throw fail(there >= 0 ? 'EEXIST' : files.whyNotCreated(location));
      }
      const index = table.lookup(location, true);
      if (index >= 0 && files.isDirectory(index)) return undefined;
      if (index >= 0) throw fail('EEXIST');
      throw fail(index === MISSING ? 'EROFS' : files.codeOf(index));
    },

    mkdtempDisposable: (location, args) => makeTemporary(location, args),
    mkdtemp: (location, args) => makeTemporary(location, args),

    rmdir(location, args, style) {
      const options = args[1];
      if (
        options !== undefined &&
        (typeof options !== 'object' || options === null || options.recursive)
      ) {
        return REFUSED;
      }
      return remove('rmdir')(location, args, style);
    },

    rm(location, [path, given]) {
      if (given !== undefined && (typeof given !== 'object' || given === null)) return REFUSED;
      const { recursive = false, force = false, maxRetries = 0, retryDelay = 100 } = given ?? {};
      if (typeof recursive !== 'boolean' || typeof force !== 'boolean') return REFUSED;
      if (!isInteger(maxRetries, 0) || !isInteger(retryDelay, 0)) return REFUSED;
      const index = table.lookup(location, false);
      if (index === MISSING && force) return undefined;
      if (index < 0) throw files.failure(files.codeOf(index), 'lstat', pathText(path));
      if (!files.isDirectory(index)) throw systemError('EROFS', 'unlink', pathText(path));
      if (recursive) throw systemError('EROFS', 'rmdir', pathText(path));
      throw refusal('ERR_FS_EISDIR', 'Path is a directory', {
        code: 'EISDIR',
        message: 'is a directory',
        path: pathText(path),
        syscall: 'rm',
        errno: os.constants.errno.EISDIR,
      });
    },
  };
}

/**
 * An operation on two paths, at least one of them packaged; `null` is a path on the disk.
 *
 * @typedef {(from: string | null, to: string | null, args: any[], style:
 *   import('./packaged-files.js').Style) => unknown} PairOperation
 */

/**
 * @param {Files} files
 * @returns {Record<string, PairOperation>}
 */
function pairs(files) {
  const { table } = files;
  /**
   * @param {string} code
   * @param {string} syscall
   * @param {any[]} args
   */
  const failure = (code, syscall, [path, dest]) =>
    files.failure(code, syscall, pathText(path), pathText(dest));

  return {
    rename(from, to, args) {
      for (const location of [from, to]) {
        if (location === null) continue;
        const code = files.whyNotCreated(location);
        if (code !== 'EROFS') throw failure(code, 'rename', args);
      }
      throw failure('EROFS', 'rename', args);
    },

    link(from, to, args) {
      if (from !== null) {
        const index = table.lookup(from, false);
        if (index < 0) throw failure(files.codeOf(index), 'link', args);
        // As between two file systems: programs that link to save space then copy.
        if (to === null) throw failure('EXDEV', 'link', args);
      }
      if (to !== null) throw failure(whyNotLinked(to), 'link', args);
      return REFUSED;
    },

    /** Only the path of the link matters; its target may be any text. */
    symlink(_from, to, args) {
      if (to === null || ![undefined, null, 'dir', 'file', 'junction'].includes(args[2])) {
        return REFUSED;
      }
      throw failure(whyNotLinked(to), 'symlink', args);
    },

    copyFile: (from, to, args, style) =>
      require('./copy.js').copyFile(files, from, to, args, style),
    cp: (_from, _to, args) => require('./copy.js').copyTree(args),
  };

  /** @param {string} location @returns {string} error code */
  function whyNotLinked(location) {
    return table.lookup(location, false) >= 0 ? 'EEXIST' : files.whyNotCreated(location);
  }
}

/** @param {unknown} value @returns {boolean} */
function isBoolean(value) {
  return value === undefined || value === null || typeof value === 'boolean';
}

/** @param {unknown} value @returns {boolean} whether Node accepts it as a time */
function isTime(value) {
  return (
    value instanceof Date ||
    (typeof value === 'number' && !Number.isNaN(value)) ||
    (typeof value === 'string' && String(Number(value)) === value)
  );
}

module.exports = { writing, pairs };

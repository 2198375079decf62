'use strict';

/**
 * Operations that read packaged paths: `access`, `stat`, `readFile`, `open` and so on. Each serves
 * all three styles; serve.js turns the result into a callback or a promise.
 */

const { constants } = require('node:fs');
const { FILE, SYMLINK, NOT_A_DIRECTORY, MISSING } = require('../table.js');
const { nodeError } = require('../node-errors.js');
const { systemError } = require('./system-errors.js');
const { parseFlags, isMode, parseOptions, encode, pathText } = require('./arguments.js');
const { REFUSED, UNUSUAL } = require('./packaged-files.js');

const {
  O_RDONLY,
  O_WRONLY,
  O_RDWR,
  O_CREAT,
  O_EXCL,
  O_TRUNC,
  O_DIRECTORY = 0,
  O_NOFOLLOW = 0,
} = constants;
const ACCESS_MODE = O_WRONLY | O_RDWR;

/** Maximum size for one `readFile`; Node's kIoMaxLength. */
const MAX_READ = 2 ** 31 - 1;

/** @typedef {import('./packaged-files.js').Files} Files */
/** @typedef {import('./packaged-files.js').Operation} Operation */
/** @typedef {import('./packaged-files.js').OpenFile} OpenFile */

/**
 * @param {Files} files
 * @returns {Record<string, Operation>}
 */
function reading(files) {
  const { table } = files;

  /** @param {'stat' | 'lstat'} name @returns {Operation} */
  const stat =
    (name) =>
    (location, [path, given], style, checked = false) => {
      if (!checked && !isPlain(given)) return UNUSUAL;
      const options = given ?? {};
      const original = style === 'promise' ? files.realPromises[name] : files.real[name];
      const index = table.lookup(location, name === 'stat');
      if (index >= 0) return files.stats.stats(index, options.bigint === true);
      if (
        options.throwIfNoEntry === false &&
        (style === 'sync' || knows(original, 'throwIfNoEntry'))
      ) {
        const absent = index === NOT_A_DIRECTORY && (name === 'stat' || files.windows);
        if (index === MISSING || absent) return undefined;
      }
      throw files.failure(files.codeOf(index), name, pathText(path));
    };

  /** @param {'openAsBlob' | 'openAsBlobSync'} name @param {string} location @param {any[]} args */
  const blob = (name, location, [path, options]) => {
    const type = options?.type || '';
    if (options !== undefined && (typeof options !== 'object' || options === null)) return REFUSED;
    if (typeof type !== 'string' || Array.isArray(options)) return REFUSED;
    const index = table.lookup(location, true);
    if (index >= 0 && files.isDirectory(index)) {
      return files.real[name](files.paths.path.dirname(process.execPath), options);
    }
    if (index < 0) {
      // A path below a file is missing, so Node itself throws its error, which differs by release.
      const said = (/** @type {NodeJS.ErrnoException} */ error) =>
        error.syscall === undefined
          ? error
          : files.failure(files.codeOf(index), error.syscall, pathText(path), undefined);
      try {
        const result = files.real[name](`${process.execPath}/x`, options);
        return result.catch?.((/** @type {any} */ error) => Promise.reject(said(error))) ?? result;
      } catch (error) {
        throw said(/** @type {NodeJS.ErrnoException} */ (error));
      }
    }
    const { Blob } = require('node:buffer');
    files.readable(index, 'open', path);
    const result = new Blob([table.copy(index)], { type });
    return name === 'openAsBlob' ? Promise.resolve(result) : result;
  };

  return {
    access(location, [path, mode]) {
      if (
        mode !== undefined &&
        mode !== null &&
        !(typeof mode === 'number' && mode >= 0 && mode < 8)
      ) {
        return REFUSED;
      }
      const index = files.find(location, true, 'access', path);
      const executable = files.windows || table.kind(index) !== FILE || table.mode(index) & 0o111;
      if (mode & constants.X_OK && !executable) {
        throw systemError('EACCES', 'access', pathText(path));
      }
      if (mode & constants.W_OK) throw systemError('EROFS', 'access', pathText(path));
      return undefined;
    },

    stat: stat('stat'),
    lstat: stat('lstat'),

    statfs(location, [path, options]) {
      if (options === null) return REFUSED;
      files.find(location, true, 'statfs', path);
      return files.stats.statfs(options?.bigint === true);
    },

    readlink(location, [path, given]) {
      const options = parseOptions(given);
      if (options === null) return REFUSED;
      const index = files.find(location, false, 'readlink', path);
      if (table.kind(index) !== SYMLINK) throw systemError('EINVAL', 'readlink', pathText(path));
      const target = table.linkTarget(index);
      return encode(files.windows ? target.replaceAll('/', '\\') : target, options.encoding);
    },

    readFile(location, [path, given], style) {
      const options = parseOptions(given);
      if (options === null || options.signal?.aborted) return REFUSED;
      const flags = parseFlags(options.flag || 'r');
      if (flags === null) return REFUSED;
      const standIn = style === 'sync' ? files.standIn(location) : undefined;
      if (standIn !== undefined) return encode(standIn, options.encoding ?? 'buffer');
      const index = findToOpen(files, location, path, flags);
      if (!files.isDirectory(index)) return contents(files, index, options);
      // Only the newest releases name the path, and not for synchronous reads.
      const named = READ_NAMES_PATH && style !== 'sync' && options.buffer === undefined;
      throw systemError('EISDIR', 'read', named ? pathText(path) : undefined);
    },

    open(location, [path, given, mode], style) {
      const flags = parseFlags(given);
      if (flags === null || !isMode(mode)) return REFUSED;
      const index = findToOpen(files, location, path, flags);
      const file = { index, path: pathText(path), position: 0 };
      return style === 'promise'
        ? require('./file-handle.js').openHandle(files, file)
        : require('./descriptors.js').openDescriptor(files, file);
    },

    openAsBlob: (location, args) => blob('openAsBlob', location, args),
    openAsBlobSync: (location, args) => blob('openAsBlobSync', location, args),

    readdir: (location, args, style) => require('./readdir.js').list(files, location, args, style),
    opendir: (location, args, style) => require('./readdir.js').open(files, location, args, style),
    realpath: (location, args, style) =>
      require('./realpath.js').realpath(files, location, args, style),
    'realpath.native': (location, args) =>
      require('./realpath.js').realpath(files, location, args, 'promise'),
  };
}

/**
 * @param {unknown} options of `stat`
 * @returns {boolean} whether every release accepts them; releases differ in other checks
 */
function isPlain(options) {
  if (options === undefined) return true;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return false;
  const { bigint = false, throwIfNoEntry = true, ...others } = /** @type {any} */ (options);
  return (
    typeof bigint === 'boolean' &&
    typeof throwIfNoEntry === 'boolean' &&
    Object.keys(others).length === 0
  );
}

/**
 * Return true if a function of Node has an option in this release. The source text of the function
 * tells, because each line of releases got the option at another time.
 *
 * @param {Function} original
 * @param {string} option
 * @returns {boolean}
 */
function knows(original, option) {
  return Function.prototype.toString.call(original).includes(option);
}

const READ_NAMES_PATH = Number.parseInt(process.versions.node, 10) >= 26;

/**
 * Find the file that `open` opens for reading, or throw the error of a read-only file system.
 *
 * @param {Files} files
 * @param {string} location
 * @param {unknown} path
 * @param {number} flags
 * @returns {number}
 */
function findToOpen(files, location, path, flags) {
  const { table } = files;
  const reads = (flags & ACCESS_MODE) === O_RDONLY && !(flags & (O_CREAT | O_TRUNC));
  if (reads && !(flags & (O_DIRECTORY | O_NOFOLLOW))) {
    return files.readable(files.find(location, true, 'open', path), 'open', path);
  }
  const fail = (/** @type {string} */ code) => files.failure(code, 'open', pathText(path));
  if (flags & O_CREAT && location.endsWith('/')) {
    const on = table.lookup(location.replace(/\/+$/, ''), true);
    throw fail(on < 0 && files.codeOf(on) !== 'ENOENT' ? files.codeOf(on) : 'EISDIR');
  }
  const exclusive = (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0;
  const index = table.lookup(location, !exclusive && !(flags & O_NOFOLLOW));
  if (index < 0) {
    // The file would be created at the target of a dangling link.
    throw fail(
      flags & O_CREAT && index === MISSING ? files.whyNotCreated(location) : files.codeOf(index),
    );
  }
  if (exclusive) throw fail('EEXIST');
  if (table.kind(index) === SYMLINK) throw fail('ELOOP');
  if (files.isDirectory(index)) {
    if (reads) return index;
    throw fail('EISDIR');
  }
  if (flags & O_DIRECTORY) throw fail('ENOTDIR');
  if (reads) return files.readable(index, 'open', path);
  throw fail('EROFS');
}

/**
 * Return the content of a file as `readFile` does.
 *
 * @param {Files} files
 * @param {number} index
 * @param {Record<string, any>} options
 * @param {number} [start]
 * @returns {Buffer | string}
 */
function contents(files, index, options, start = 0) {
  const { table } = files;
  const { encoding } = options;
  const size = table.size(index) - start;
  if (size > MAX_READ) {
    throw nodeError(
      RangeError,
      'ERR_FS_FILE_TOO_LARGE',
      `File size (${size}) is greater than 2 GiB`,
    );
  }
  if (options.buffer !== undefined && takesBuffer(files)) {
    return intoBuffer(files, index, options, start);
  }
  if (!encoding) return table.copy(index, start);
  if (encoding === 'buffer') {
    throw nodeError(TypeError, 'ERR_UNKNOWN_ENCODING', 'Unknown encoding: buffer');
  }
  if (start === 0 && (encoding === 'utf8' || encoding === 'utf-8')) return table.text(index);
  return table.bytes(index).subarray(start).toString(encoding);
}

/** @type {boolean | undefined} */
let bufferOption;

/**
 * @param {Files} files
 * @returns {boolean} whether this release's `readFile` has the option `buffer`
 */
function takesBuffer(files) {
  if (bufferOption === undefined) {
    try {
      files.real.readFileSync(require('node:os').devNull, { buffer: 0 });
      bufferOption = false;
    } catch {
      bufferOption = true;
    }
  }
  return bufferOption;
}

/**
 * @param {Files} files
 * @param {number} index
 * @param {Record<string, any>} options
 * @param {number} start
 * @returns {Buffer | string}
 */
function intoBuffer(files, index, options, start) {
  const source = files.table.bytes(index).subarray(start);
  const called = typeof options.buffer === 'function';
  const given = called ? options.buffer(source.length) : options.buffer;
  if (!ArrayBuffer.isView(given)) {
    // Node's own function throws its error for a wrong buffer.
    return files.real.readFileSync(require('node:os').devNull, {
      ...options,
      buffer: called ? () => given : given,
    });
  }
  const target = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (source.length > target.length) {
    throw nodeError(
      TypeError,
      'ERR_INVALID_ARG_VALUE',
      `The property 'options.buffer${called ? '()' : ''}.byteLength' is smaller than the file size of ` +
        `${source.length} bytes. Received ${target.length}`,
    );
  }
  const result = target.subarray(0, source.length);
  result.set(source);
  return options.encoding ? result.toString(options.encoding) : result;
}

module.exports = { reading, contents };

'use strict';

/** Operations on open descriptors: `read`, `readv`, `fstat` and so on. */

const { systemError } = require('./system-errors.js');
const { isInteger, parseOptions } = require('./arguments.js');
const { REFUSED } = require('./packaged-files.js');

/** @typedef {import('./packaged-files.js').Files} Files */
/** @typedef {import('./packaged-files.js').OpenFile} OpenFile */
/** @typedef {import('./packaged-files.js').Style} Style */
/** @typedef {(file: OpenFile, args: any[], style: Style) => unknown} DescriptorOperation */
/** @typedef {{buffer: ArrayBufferLike, byteOffset: number, byteLength: number}} View */
/** @typedef {{buffer: View, offset: number, length: number, position: number}} ReadPlan */

/**
 * @param {Files} files
 * @param {OpenFile} file
 * @returns {number}
 */
function openDescriptor(files, file) {
  let fd;
  try {
    fd = files.real.openSync(files.placeholder, 'r');
  } catch (error) {
    const { code, syscall } = /** @type {NodeJS.ErrnoException} */ (error);
    if (syscall === undefined) throw error;
    throw systemError(code ?? 'EMFILE', 'open', file.path);
  }
  files.descriptors.set(fd, file);
  return fd;
}

/**
 * @param {Files} files
 * @returns {Record<string, DescriptorOperation>}
 */
function descriptorOperations(files) {
  /** @param {string} syscall @returns {DescriptorOperation} */
  const refuse = (syscall) => () => {
    throw systemError('EROFS', syscall);
  };
  return {
    read(file, args, style) {
      const planned = style === 'sync' ? planSync(args) : planCallback(args);
      if (planned === null) return REFUSED;
      return { count: readInto(files, file, planned), filled: planned.buffer };
    },

    readv(file, [, buffers, position]) {
      if (!isBufferList(buffers)) return REFUSED;
      return { count: readInEach(files, file, buffers, position), filled: buffers };
    },

    fstat(file, [, options]) {
      if (options === null) return REFUSED;
      return files.stats.stats(file.index, options?.bigint === true);
    },

    readFile(file, [, given]) {
      const options = parseOptions(given);
      if (options === null || options.signal?.aborted) return REFUSED;
      return readRest(files, file, options);
    },

    fsync: () => undefined,
    fdatasync: () => undefined,
    fchmod: refuse('fchmod'),
    fchown: refuse('fchown'),
    futimes: refuse('futime'),
  };
}

/**
 * Return the rest of a file from its position, as `readFile` of a descriptor does.
 *
 * @param {Files} files
 * @param {OpenFile} file
 * @param {Record<string, any>} options
 */
function readRest(files, file, options) {
  if (files.isDirectory(file.index)) throw systemError('EISDIR', 'read');
  const start = Math.min(file.position, files.table.size(file.index));
  const result = require('./reading.js').contents(files, file.index, options, start);
  file.position = files.table.size(file.index);
  return result;
}

/**
 * @param {any[]} args of readSync: fd, buffer, offset or options, length, position
 * @returns {ReadPlan | null}
 */
function planSync(args) {
  const [, buffer, offset, length, position] = args;
  if (!ArrayBuffer.isView(buffer)) return null;
  if (args.length <= 3 || typeof offset === 'object') return planOptions(buffer, offset);
  return plan(buffer, offset, length, position);
}

/**
 * @param {any[]} args of read, without the callback
 * @returns {ReadPlan | null}
 */
function planCallback(args) {
  const [, buffer, offset, length, position] = args;
  if (args.length >= 5) return plan(buffer, offset, length, position);
  if (args.length === 4) return null;
  if (args.length === 3) return offset === undefined ? null : planOptions(buffer, offset);
  if (ArrayBuffer.isView(buffer)) return planOptions(buffer, undefined);
  return planParameters(buffer);
}

/**
 * @param {any[]} args of FileHandle.read
 * @returns {ReadPlan | null}
 */
function planHandle([buffer, offset, length, position]) {
  if (!ArrayBuffer.isView(buffer)) return planParameters(buffer);
  if (typeof offset === 'object' && offset !== null) return planOptions(buffer, offset);
  return plan(buffer, offset, length ?? buffer.byteLength - (offset ?? 0), position);
}

/** @param {any} parameters an object that also contains the buffer @returns {ReadPlan | null} */
function planParameters(parameters) {
  if (parameters !== undefined && parameters !== null && typeof parameters !== 'object') {
    return null;
  }
  return planOptions(
    parameters?.buffer === undefined ? Buffer.alloc(16384) : parameters.buffer,
    parameters,
  );
}

/** @param {any} buffer @param {any} options @returns {ReadPlan | null} */
function planOptions(buffer, options) {
  if (!ArrayBuffer.isView(buffer)) return null;
  if (
    options !== undefined &&
    options !== null &&
    (typeof options !== 'object' || Array.isArray(options))
  ) {
    return null;
  }
  const { offset = 0, length = buffer.byteLength - offset, position = null } = options ?? {};
  return plan(buffer, offset, length, position);
}

/**
 * @param {any} buffer
 * @param {any} offset
 * @param {any} length
 * @param {any} position -1, null or undefined: where the last read ended
 * @returns {ReadPlan | null} null: Node rejects it
 */
function plan(buffer, offset, length, position) {
  if (!ArrayBuffer.isView(buffer)) return null;
  offset ??= 0;
  position ??= -1;
  length |= 0;
  if (typeof position === 'bigint' && position >= -1n && position < 2n ** 53n) {
    position = Number(position);
  }
  if (!isInteger(offset, 0) || !isInteger(position, -1)) return null;
  if (
    length !== 0 &&
    (buffer.byteLength === 0 || length < 0 || offset + length > buffer.byteLength)
  ) {
    return null;
  }
  return { buffer, offset, length, position };
}

/**
 * @param {Files} files
 * @param {OpenFile} file
 * @param {ReadPlan} plan
 * @returns {number} number of bytes read
 */
function readInto(files, file, { buffer, offset, length, position }) {
  if (length === 0) return 0;
  if (files.isDirectory(file.index)) throw systemError('EISDIR', 'read');
  const start = position < 0 ? file.position : position;
  const source = files.table.bytes(file.index).subarray(start, start + length);
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).set(source, offset);
  if (position < 0) file.position += source.length;
  return source.length;
}

/**
 * @param {Files} files
 * @param {OpenFile} file
 * @param {View[]} buffers
 * @param {unknown} given
 * @returns {number}
 */
function readInEach(files, file, buffers, given) {
  let position = typeof given === 'number' && given >= 0 ? given : -1;
  let count = 0;
  for (const buffer of buffers) {
    const read = readInto(files, file, { buffer, offset: 0, length: buffer.byteLength, position });
    count += read;
    if (read < buffer.byteLength) break;
    if (position >= 0) position += read;
  }
  return count;
}

/** @param {unknown} value @returns {value is View[]} */
function isBufferList(value) {
  return (
    Array.isArray(value) && value.length !== 0 && value.every((item) => ArrayBuffer.isView(item))
  );
}

module.exports = {
  openDescriptor,
  descriptorOperations,
  planHandle,
  readInto,
  readInEach,
  readRest,
  isBufferList,
};

'use strict';

/**
 * Which arguments Node accepts. If Node would reject one, Node's own function is called and throws
 * its own error. Nothing here throws.
 */

const { constants } = require('node:fs');
const { fileURLToPath } = require('node:url');

const { O_RDONLY, O_RDWR, O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_TRUNC, O_SYNC = 0 } = constants;

/** @type {Record<string, number>} as in fs.open; the letters may be in either order */
const FLAGS = {
  __proto__: /** @type {any} */ (null),
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  'r+': O_RDWR,
  'rs+': O_RDWR | O_SYNC,
  w: O_TRUNC | O_CREAT | O_WRONLY,
  wx: O_TRUNC | O_CREAT | O_WRONLY | O_EXCL,
  'w+': O_TRUNC | O_CREAT | O_RDWR,
  'wx+': O_TRUNC | O_CREAT | O_RDWR | O_EXCL,
  a: O_APPEND | O_CREAT | O_WRONLY,
  ax: O_APPEND | O_CREAT | O_WRONLY | O_EXCL,
  as: O_APPEND | O_CREAT | O_WRONLY | O_SYNC,
  'a+': O_APPEND | O_CREAT | O_RDWR,
  'ax+': O_APPEND | O_CREAT | O_RDWR | O_EXCL,
  'as+': O_APPEND | O_CREAT | O_RDWR | O_SYNC,
};
for (const [text, value] of Object.entries(FLAGS)) {
  if (text.length > 1 && text[1] !== '+') FLAGS[text[1] + text[0] + text.slice(2)] = value;
}

/**
 * @param {unknown} flags as given to `open`
 * @returns {number | null} null: Node rejects it
 */
function parseFlags(flags) {
  if (flags === undefined || flags === null) return O_RDONLY;
  if (typeof flags === 'number') return (flags | 0) === flags ? flags : null;
  return typeof flags === 'string' ? (FLAGS[flags] ?? null) : null;
}

/**
 * @param {unknown} mode permission bits
 * @returns {boolean}
 */
function isMode(mode) {
  if (mode === undefined || mode === null) return true;
  if (typeof mode === 'string') return /^[0-7]+$/.test(mode);
  return isInteger(mode, 0, 0xffffffff);
}

/**
 * @param {unknown} value
 * @param {number} least
 * @param {number} [most]
 * @returns {value is number}
 */
function isInteger(value, least, most = Number.MAX_SAFE_INTEGER) {
  return Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}

/**
 * Parse options that are the name of an encoding or an object that contains one.
 *
 * @param {unknown} options
 * @returns {Record<string, any> | null} null: Node rejects them
 */
function parseOptions(options) {
  if (options === undefined || options === null || typeof options === 'function') return {};
  if (typeof options === 'string') options = { encoding: options };
  if (typeof options !== 'object') return null;
  const { encoding, signal } = /** @type {any} */ (options);
  if (encoding && encoding !== 'buffer' && !Buffer.isEncoding(encoding)) return null;
  if (signal !== undefined && !(signal instanceof AbortSignal)) return null;
  return /** @type {Record<string, any>} */ (options);
}

/**
 * Return a name or a path in the requested encoding.
 *
 * @param {string} text
 * @param {string | null | undefined} encoding
 * @returns {string | Buffer}
 */
function encode(text, encoding) {
  if (!encoding || encoding === 'utf8' || encoding === 'utf-8') return text;
  const bytes = Buffer.from(text);
  return encoding === 'buffer' ? bytes : bytes.toString(/** @type {BufferEncoding} */ (encoding));
}

/**
 * Return a path as Node shows it in an error: text.
 *
 * @param {unknown} path string, Buffer or URL
 * @returns {string}
 */
function pathText(path) {
  if (typeof path === 'string') return path;
  return path instanceof Uint8Array
    ? Buffer.from(path.buffer, path.byteOffset, path.length).toString()
    : fileURLToPath(/** @type {URL} */ (path));
}

/**
 * Return a path as Node uses it: URLs become text, Buffers stay.
 *
 * @param {unknown} path string, Buffer or URL
 * @returns {string | Buffer}
 */
function plainPath(path) {
  return path instanceof Uint8Array ? /** @type {Buffer} */ (path) : pathText(path);
}

module.exports = { parseFlags, isMode, isInteger, parseOptions, encode, pathText, plainPath };

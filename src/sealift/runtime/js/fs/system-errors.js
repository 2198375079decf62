'use strict';

/**
 * Errors like those that Node creates for the operating system: same message, same fields in the
 * same order (`errno`, `code`, `syscall`, `path`, `dest`). Numbers and descriptions are Node's own
 * (`util.getSystemErrorMap`), so they fit the platform: ENOENT is -2, or -4058 on Windows.
 */

const { getSystemErrorMap } = require('node:util');

/** @typedef {NodeJS.ErrnoException & {dest?: string}} SystemError */

/** @type {Map<string, [errno: number, words: string]> | undefined} */
let known;

/**
 * @param {string} code such as `ENOENT`
 * @returns {[errno: number, words: string]}
 */
function describe(code) {
  known ??= new Map(
    [...getSystemErrorMap()].map(([errno, [name, words]]) => [name, [errno, words]]),
  );
  return /** @type {[number, string]} */ (known.get(code));
}

/**
 * @param {string} code
 * @param {string} syscall
 * @param {string} [path]
 * @param {string} [dest]
 * @param {string} [advice] a sentence below Node's own message
 * @returns {SystemError}
 */
function systemError(code, syscall, path, dest, advice) {
  const [errno, words] = describe(code);
  let message = `${code}: ${words}, ${syscall}`;
  if (path !== undefined) message += ` '${path}'`;
  if (dest !== undefined) message += ` -> '${dest}'`;
  if (advice !== undefined) message += `\n${advice}`;
  /** @type {SystemError} */
  const error = new Error(message);
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  if (path !== undefined) error.path = path;
  if (dest !== undefined) error.dest = dest;
  return error;
}

/**
 * Node's `SystemError`, which `fs.rm` and `fs.cp` throw for their own checks.
 *
 * @param {string} name such as `ERR_FS_EISDIR`
 * @param {string} title
 * @param {{code: string, message: string, path: string, syscall: string, errno: number}} info
 * @returns {Error}
 */
function refusal(name, title, info) {
  const error = new Error(
    `${title}: ${info.syscall} returned ${info.code} (${info.message}) ${info.path}`,
  );
  Object.defineProperty(error, 'name', {
    value: 'SystemError',
    configurable: true,
    writable: true,
  });
  const { errno, syscall, path } = info;
  return Object.assign(error, { code: name, info, errno, syscall, path });
}

module.exports = { systemError, refusal };

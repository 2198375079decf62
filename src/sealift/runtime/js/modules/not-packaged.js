'use strict';

/** Adds to Node's "Cannot find module" error what to do about a module that is not packaged. */

const { NOT_PACKAGED_MODULE } = require('../messages.js');

const OWN_FRAME = /sealift:runtime|node:internal\/modules\/customization_hooks/;

/**
 * Add the advice and remove the runtime's own stack frames.
 *
 * @param {NodeJS.ErrnoException} error
 * @param {number} limit number of stack frames that the program asks for
 * @returns {NodeJS.ErrnoException}
 */
function withAdvice(error, limit) {
  const { code, message, stack } = error;
  if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') return error;
  error.message = `${message}\n${NOT_PACKAGED_MODULE}`;
  if (stack !== undefined) {
    const [head, ...frames] = stack.replace(message, () => error.message).split('\n    at ');
    const others = frames.filter((frame) => !OWN_FRAME.test(frame)).slice(0, limit);
    error.stack = [head, ...others].join('\n    at ');
  }
  return error;
}

module.exports = { withAdvice };

'use strict';

/**
 * Creates errors that look like Node's own: same class, `code`, message and first line of the
 * stack.
 */

/**
 * @param {ErrorConstructor | TypeErrorConstructor} Base
 * @param {string} code
 * @param {string} message
 * @param {object} [properties] further properties
 * @returns {NodeJS.ErrnoException}
 */
function nodeError(Base, code, message, properties) {
  const error = new Base(message);
  // V8 writes the stack when it is first read; this puts the code into its first line.
  error.name = `${error.name} [${code}]`;
  void error.stack;
  delete (/** @type {{name?: string}} */ (error).name);
  return Object.assign(error, { code }, properties);
}

module.exports = { nodeError };

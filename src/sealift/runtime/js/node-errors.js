'use strict';

/**
 * Errors that look as if Node had thrown them: same class, `code`, wording and first line of the stack.
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
  // The stack is written when it is first read, so the code gets into its first line only this way.
  error.name = `${error.name} [${code}]`;
  void error.stack;
  delete (/** @type {{name?: string}} */ (error).name);
  return Object.assign(error, { code }, properties);
}

module.exports = { nodeError };

'use strict';

const SILENT = () => {};

/**
 * Node's native part of one of its modules, by the way that is old, and still open for some of them. It is closed to processes with
 * restricted permissions, and warns in those that want to hear of all that is old.
 *
 * @param {string} name
 * @returns {any} undefined: it is closed
 */
function bindingOf(name) {
  const { emitWarning } = process;
  try {
    process.emitWarning = SILENT;
    return /** @type {any} */ (process).binding(name);
  } catch {
    return undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

module.exports = { bindingOf };

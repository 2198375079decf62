'use strict';

/**
 * Finds `import()` in the text of a script and puts another name in its place, where wrapper.js says that it has to be.
 *
 * V8 itself tells which of the words are calls: an expression can stand there, and nothing else than code that
 * is right. A word in a comment, string, template or regular expression can be anything; and the name of a
 * method or property cannot be an expression; behind `?.` an expression in parentheses could stand, but not this one.
 */

const vm = require('node:vm');
const { IMPORT, COLUMN_OFFSET } = require('./wrapper.js');

/** Behind a backslash it is text, where a digit might not be right. */
const CALLED = /(?<!\\)\bimport(?=(?:\s|\/\*(?:[^*]|\*(?!\/))*\*\/|\/\/.*)*\()/g;
/** As long as `import`; right where any text is. */
const NO_CODE = '1mport';
/** As long as `import`; right where any text is, and where an expression can be called. */
const EXPRESSION = '/null/';

/**
 * @param {string} text as `textOf` gives it
 * @param {string} filename for errors
 * @returns {string}
 * @throws {SyntaxError} the text is no script
 */
function withoutImports(text, filename) {
  new vm.Script(text, { filename });
  let result = text;
  for (const { index } of text.matchAll(CALLED)) {
    /** @param {string} word */
    const having = (word) => result.slice(0, index) + word + result.slice(index + word.length);
    if (compiles(having(NO_CODE)) || !compiles(having(EXPRESSION))) continue;
    if (text.includes(IMPORT, -COLUMN_OFFSET)) {
      throw new SyntaxError(`import() beside the name ${IMPORT}`);
    }
    result = having(IMPORT);
  }
  return result;
}

/** @param {string} text @returns {boolean} */
function compiles(text) {
  try {
    new vm.Script(text);
    return true;
  } catch {
    return false;
  }
}

module.exports = { withoutImports };

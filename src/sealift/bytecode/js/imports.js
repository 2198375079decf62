'use strict';

/**
 * Replaces `import()` in the text of a script by another name, for the V8 that needs it
 * (wrapper.js).
 *
 * V8 itself tells which words are calls: at a call an expression compiles, but text that is not
 * code does not. In a comment, string, template or regular expression any text compiles. The name
 * of a method or property cannot be an expression. After `?.` an expression in parentheses could
 * follow, but not the one that is used here.
 */

const vm = require('node:vm');
const { IMPORT, COLUMN_OFFSET } = require('./wrapper.js');

/** After a backslash the word is text, in which a digit could be invalid. */
const CALLED = /(?<!\\)\bimport(?=(?:\s|\/\*(?:[^*]|\*(?!\/))*\*\/|\/\/.*)*\()/g;
/** As long as `import`; valid where any text is. */
const NO_CODE = '1mport';
/** As long as `import`; valid where any text is, and where an expression can be called. */
const EXPRESSION = '/null/';

/**
 * @param {string} text returned by `textOf`
 * @param {string} filename for errors
 * @returns {string}
 * @throws {SyntaxError} the text is not a script
 */
function withoutImports(text, filename) {
  new vm.Script(text, { filename });
  let result = text;
  for (const { index } of text.matchAll(CALLED)) {
    /** @param {string} word */
    const having = (word) => result.slice(0, index) + word + result.slice(index + word.length);
    if (compiles(having(NO_CODE)) || !compiles(having(EXPRESSION))) continue;
    if (text.includes(IMPORT, -COLUMN_OFFSET)) {
      throw new SyntaxError(`import() is used together with the name ${IMPORT}`);
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

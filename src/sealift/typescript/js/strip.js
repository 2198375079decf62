'use strict';

/**
 * Turns TypeScript into JavaScript for a build, with the code that Node itself uses, and says what
 * V8 refuses of JavaScript.
 *
 * Reads questions from standard input until it ends, and answers each on standard output:
 *
 *     question: u8 kind, u32 length of the name, u32 length of the source, name, source
 *     answer:   u8 problem, u32 length; then JavaScript, or JSON {code, message, line, column}
 *
 * The kinds are 0: strip types, 1: transform TypeScript that becomes code, 2: only check JavaScript.
 *
 * Integers are little-endian, texts UTF-8.
 */

const { readSync, writeSync } = require('node:fs');
const { stripTypeScriptTypes } = require('node:module');
const { compileFunction, SourceTextModule } = require('node:vm');

const TRANSFORM = 1;
const CHECK = 2;
const MODULE_SYNTAX =
  /import statement outside|token 'export'|'import\.meta' outside|await is only/;
const CJS_PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];

/**
 * @param {number} length
 * @returns {Buffer | null} null at the end of the input
 */
function read(length) {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length;) {
    const got = readSync(0, bytes, done, length - done, null);
    if (got === 0) return null;
    done += got;
  }
  return bytes;
}

/** @param {Buffer} bytes */
function write(bytes) {
  for (let done = 0; done < bytes.length;) done += writeSync(1, bytes, done);
}

/**
 * @param {any} error thrown by `stripTypeScriptTypes`; its stack begins with the line's number, the
 *   lines concerned, and a line of `^`
 * @returns {{code: string, message: string, line: number, column: number}}
 */
function problemOf({ code = 'ERR_INVALID_TYPESCRIPT_SYNTAX', message, stack }) {
  const line = Number(/^[^\n]*:(\d+)\n/.exec(stack)?.[1] ?? 0);
  const column = (/^( *)\^+$/m.exec(stack)?.[1].length ?? -1) + 1;
  return { code, message: String(message).trim().replace(/\.$/, ''), line, column };
}

/**
 * @param {string} text JavaScript
 * @returns {any} why V8 refuses it both as CommonJS and as an ES module; undefined if it does not
 */
function syntaxError(text) {
  try {
    compileFunction(text.replace(/^\uFEFF?#!/, '//'), CJS_PARAMETERS);
    return undefined;
  } catch (/** @type {any} */ error) {
    try {
      new SourceTextModule(text.replace(/^\uFEFF/, ''));
      return undefined;
    } catch (/** @type {any} */ moduleError) {
      return MODULE_SYNTAX.test(error.message) ? moduleError : error;
    }
  }
}

/**
 * @param {string} text JavaScript that V8 may refuse
 * @param {boolean} transform
 */
function check(text, transform) {
  const error = syntaxError(text);
  if (error === undefined) return;
  // @ts-expect-error: there with --expose-internals
  require('internal/util').decorateErrorStack(error);
  error.code = 'SyntaxError';
  const { line, column } = problemOf(error);
  if (text.split('\n')[line - 1]?.[column - 1] === '@') error.code = 'decorator';
  if (transform) error.stack = ''; // these are places in the JavaScript
  throw error;
}

/**
 * @param {string} source
 * @param {string} name for the source map
 * @param {number} kind
 * @returns {string}
 */
function answer(source, name, kind) {
  if (kind === CHECK) {
    check(source, false);
    return '';
  }
  const transform = kind === TRANSFORM;
  const text = transform
    ? stripTypeScriptTypes(source, { mode: 'transform', sourceMap: true, sourceUrl: name })
    : stripTypeScriptTypes(source, { mode: 'strip' });
  check(text, transform);
  return text;
}

for (let head = read(9); head !== null; head = read(9)) {
  const name = read(head.readUInt32LE(1));
  const source = read(head.readUInt32LE(5));
  if (name === null || source === null) break;
  let problem = 0;
  let text;
  try {
    text = answer(source.toString(), name.toString(), head[0]);
  } catch (error) {
    problem = 1;
    text = JSON.stringify(problemOf(error));
  }
  const payload = Buffer.from(text);
  const start = Buffer.alloc(5);
  start[0] = problem;
  start.writeUInt32LE(payload.length, 1);
  write(Buffer.concat([start, payload]));
}

'use strict';

/**
 * Compiles sources to V8 code caches, one after the other. compiler_process.py runs it in a Node
 * for the host.
 *
 * Standard input has questions, each about one or more sources: u8 0, u32 0, u32 length of what
 * follows; then for each source: u8 kind (1 CommonJS, 2 ES module; plus 4 if the source ships with
 * the bytecode), u32 length of the path, u32 length of the source; path and source in UTF-8.
 * Standard output has their answers: u8 0, u32 length of what follows; then for each source: u8
 * status, u32 length, and
 *
 *     0   u32 length of the code cache, u32 length of the lines; the cache; the lines (`packLines`);
 *         the names: for CommonJS JSON {exports, reexports} from Node's own lexer, or nothing
 *     1   JSON: {message, line, column, excerpt} of V8's error; line and column are 0 if unknown
 *
 * Integers are little-endian. Caches do not depend on the paths of the sources: all have the same
 * path, unless caches contain it (wrapper.js).
 */

const fs = require('node:fs');
const v8 = require('node:v8');
const vm = require('node:vm');
const wrapper = require('./wrapper.js');
const { withoutImports } = require('./imports.js');

const { Kind, COMPILING, FINISHED, HOLDS_DETAILS, COLUMN_OFFSET, textOf, packLines } = wrapper;

const WITH_SOURCE = 4;
const NAME = 'file:///x';
const EXCERPT = 80;
const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];
/** Bytes of an answer that is written at once. */
const SMALL = 1 << 16;
const INLINE_MAP = /\/\/[#@][ \t]sourceMappingURL=(data:[^\s'"]*)/g;

/** @type {any} Node's lexer, once it is needed */
let lexer;

/** @param {number} kind @param {string} text @param {string} path */
function compile(kind, text, path) {
  if (kind === Kind.MODULE) return new vm.SourceTextModule(text, { identifier: NAME });
  if (HOLDS_DETAILS) return new vm.Script(text, { filename: path, columnOffset: COLUMN_OFFSET });
  return new vm.Script(text, { filename: NAME });
}

/**
 * Compile without inline source maps: they contain the original source, and V8 stores their text in
 * the cache.
 *
 * @param {number} kind
 * @param {string} text
 * @param {string} path
 * @returns {any} the script or module; its text has the same length as before
 */
function compileWithoutMap(kind, text, path) {
  let compiled = compile(kind, text, path);
  for (const match of [...text.matchAll(INLINE_MAP)].reverse()) {
    const url = mapUrl(compiled);
    if (url === undefined || !url.startsWith('data:')) break;
    // V8 uses the last one in a comment; others may be in strings.
    if (match[1] !== url) continue;
    const end = match.index + match[0].length;
    const blank = ' '.repeat(url.length);
    const changed = text.slice(0, end - url.length) + blank + text.slice(end);
    const attempt = compile(kind, changed, path);
    if (mapUrl(attempt) === url) continue;
    compiled = attempt;
    text = changed;
  }
  return compiled;
}

/** @param {any} compiled @returns {string | undefined} */
function mapUrl(compiled) {
  if (compiled instanceof vm.Script) return compiled.sourceMapURL;
  for (const symbol of Object.getOwnPropertySymbols(compiled)) {
    if (typeof compiled[symbol]?.sourceMapURL === 'string') return compiled[symbol].sourceMapURL;
  }
  return undefined;
}

/**
 * @param {string} source a CommonJS module's
 * @returns {string} JSON, or '' if Node finds no names
 */
function namesOf(source) {
  try {
    const { exports, reexports } = lex(source);
    if (exports.length !== 0 || reexports.length !== 0) {
      return JSON.stringify({ exports, reexports });
    }
  } catch {
    // Node, too, loads it as a module without names.
  }
  return '';
}

/** @param {string} source @returns {{exports: string[], reexports: string[]}} */
function lex(source) {
  lexer ??= findLexer();
  const found = lexer.parse(source);
  const [exports, reexports] = Array.isArray(found) ? found : [found.exports, found.reexports];
  return { exports: [...exports], reexports: [...reexports] };
}

/** @param {string} name @returns {any} one of Node's internal modules */
function internal(name) {
  return require(name);
}

/** Node's internal lexer: WebAssembly or JavaScript in older releases, C++ in newer ones. */
function findLexer() {
  try {
    const found = internal('internal/deps/cjs-module-lexer/dist/lexer');
    found.initSync();
    return found;
  } catch {
    // Newer, or so old that it can only be initialised later.
  }
  try {
    return internal('internal/deps/cjs-module-lexer/lexer');
  } catch {
    return internal('internal/test/binding').internalBinding('cjs_lexer');
  }
}

/**
 * Find where a syntax error is. For modules, only an internal function tells.
 *
 * @param {string} text that was compiled
 * @param {string} source
 * @param {SyntaxError} error
 */
function describe(text, source, error) {
  const unknown = { message: error.message, line: 0, column: 0, excerpt: '' };
  internal('internal/util').decorateErrorStack(error);
  const [place, shown = '', marks = ''] = String(error.stack).split('\n');
  const number = place.startsWith(`${NAME}:`) ? Number(place.slice(NAME.length + 1)) : NaN;
  if (!(number > 0)) return unknown;
  const lines = source.replace(/^\ufeff/, '').split(/\r\n|[\n\r\u2028\u2029]/);
  const line = Math.min(number, lines.length);
  const content = lines[line - 1];
  let column = number > lines.length ? content.length : marks.search(/\S/);
  // Node marks only the first thousand characters of a line.
  if (column < 0) return { ...unknown, line };
  // The first line of a CommonJS module contains the head of the wrapper.
  if (line === 1 && shown.length > content.length) column -= text.indexOf(content);
  column = Math.max(column, 0);
  const from = Math.max(column - EXCERPT / 2, 0);
  const excerpt = content.slice(from, from + EXCERPT).trim();
  return { ...unknown, line, column: column + 1, excerpt };
}

/** @param {number} length @returns {Buffer | null} null at the end of standard input */
function read(length) {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length;) {
    const count = retrying(() => fs.readSync(0, bytes, done, length - done, null));
    if (count === 0) return null;
    done += count;
  }
  return bytes;
}

/**
 * @param {number} status
 * @param {readonly Buffer[]} payload
 * @returns {Buffer[]} both, after the head of an answer
 */
function answer(status, payload) {
  const head = Buffer.alloc(5);
  head.writeUInt8(status, 0);
  head.writeUInt32LE(lengthOf(payload), 1);
  return [head, ...payload];
}

/** @param {readonly Buffer[]} parts */
function write(parts) {
  // Each call wakes the reader up.
  for (const bytes of lengthOf(parts) <= SMALL ? [Buffer.concat(parts)] : parts) {
    for (let done = 0; done < bytes.length;) {
      done += retrying(() => fs.writeSync(1, bytes, done));
    }
  }
}

/** @param {readonly Buffer[]} parts */
function lengthOf(parts) {
  return parts.reduce((length, bytes) => length + bytes.length, 0);
}

/**
 * @param {() => number} call
 * @returns {number} its result; 0 at the end of a pipe (an error on Windows)
 */
function retrying(call) {
  for (;;) {
    try {
      return call();
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
    }
  }
}

/**
 * @param {number} request the kind, and whether the source ships
 * @param {string} path
 * @param {string} source
 * @returns {Buffer[]} the answer
 */
function compileSource(request, path, source) {
  const kind = request & ~WITH_SOURCE;
  let text = textOf(kind, source);
  try {
    if (HOLDS_DETAILS && kind === Kind.COMMONJS) text = withoutImports(text, NAME);
    setFlags(COMPILING);
    // V8 compiles the functions from the source on their first call: a fifth of the bytes, and less
    // to read at start.
    if (request & WITH_SOURCE) setFlags(['--lazy']);
    const compiled = compileWithoutMap(kind, text, path);
    setFlags(FINISHED);
    const cache = compiled.createCachedData();
    if (kind === Kind.COMMONJS) requireOneFunction(text);
    const lines = packLines(text);
    const names = kind === Kind.COMMONJS ? Buffer.from(namesOf(source)) : Buffer.alloc(0);
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32LE(cache.length, 0);
    lengths.writeUInt32LE(lines.length, 4);
    return answer(0, [lengths, cache, lines, names]);
  } catch (error) {
    let problem;
    if (error instanceof SyntaxError) problem = describe(text, source, error);
    // The code is nested so deeply that V8's parser runs out of stack.
    else if (error instanceof RangeError) problem = { message: error.message };
    else throw error;
    return answer(1, [Buffer.from(JSON.stringify(problem))]);
  }
}

/**
 * Throw a SyntaxError if the source ends the function around it and begins another. V8 would
 * compile it, but Node would not load it.
 *
 * @param {string} text returned by `textOf`
 */
function requireOneFunction(text) {
  vm.compileFunction(text.slice(-COLUMN_OFFSET, text.lastIndexOf('\n')), PARAMETERS, {
    filename: NAME,
  });
}

/** @param {readonly string[]} flags */
function setFlags(flags) {
  for (const flag of flags) v8.setFlagsFromString(flag);
}

/** @param {Buffer} sources of one question @returns {Buffer[]} the answers */
function compileAll(sources) {
  const answers = [];
  for (let at = 0; at < sources.length;) {
    const path = at + 9;
    const source = path + sources.readUInt32LE(at + 1);
    const end = source + sources.readUInt32LE(at + 5);
    const [kind, text] = [sources.readUInt8(at), sources.toString('utf8', source, end)];
    answers.push(...compileSource(kind, sources.toString('utf8', path, source), text));
    at = end;
  }
  return answers;
}

function main() {
  for (;;) {
    const head = read(9);
    const sources = head === null ? null : read(head.readUInt32LE(5));
    if (sources === null) return;
    write(answer(0, compileAll(sources)));
  }
}

main();

'use strict';

/**
 * Compiles sources to V8 code caches, one after the other: run by a Node for the host, by host.py.
 *
 * Standard input, for each source: u8 kind (1 CommonJS, 2 ES module), u32 length, the source as UTF-8.
 * Standard output, for each of them: u8 status, u32 length, and
 *
 *     0   the code cache
 *     1   JSON: the syntax error's {message, line, column, excerpt}; line and column 0 if unknown
 *
 * and before all of them status 2 with JSON: {flags}, those that whoever runs the caches must set too.
 * Integers are little-endian. Caches do not depend on the sources' names: all have the same one.
 */

const fs = require('node:fs');
const v8 = require('node:v8');
const vm = require('node:vm');
const { FLAGS, wrap } = require('./bytecode-wrapper.js');

const COMMONJS = 1;
const NAME = 'script';
const EXCERPT = 80;
const INLINE_MAP = /\/\/[#@][ \t]sourceMappingURL=(data:[^\s'"]*)/g;

/** @param {number} kind @param {string} source */
function compile(kind, source) {
  if (kind === COMMONJS) return new vm.Script(wrap(source), { filename: NAME });
  return new vm.SourceTextModule(source, { identifier: NAME });
}

/**
 * A source map in the source itself holds the original source, and V8 stores its text in the cache.
 *
 * @param {number} kind
 * @param {string} source
 * @returns {any} what was compiled; without such a map, but its source is of the same length
 */
function compileWithoutMap(kind, source) {
  let compiled = compile(kind, source);
  for (const match of [...source.matchAll(INLINE_MAP)].reverse()) {
    const url = mapUrl(compiled);
    if (url === undefined || !url.startsWith('data:')) break;
    // V8 has the last one that is in a comment; what it does not have may be in a string.
    if (match[1] !== url) continue;
    const end = match.index + match[0].length;
    const blank = ' '.repeat(match[1].length);
    const changed = source.slice(0, end - match[1].length) + blank + source.slice(end);
    const attempt = compile(kind, changed);
    if (mapUrl(attempt) === url) continue;
    [compiled, source] = [attempt, changed];
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

/** @param {number} kind @param {string} source @param {SyntaxError} error */
function describe(kind, source, error) {
  const unknown = { message: error.message, line: 0, column: 0, excerpt: '' };
  try {
    // Internal, but nothing else tells where a module's error is.
    // @ts-ignore
    require('internal/util').decorateErrorStack(error);
  } catch {
    return unknown;
  }
  const [place, text = '', marks = ''] = String(error.stack).split('\n');
  const number = new RegExp(`^${NAME}:(\\d+)$`).exec(place);
  if (number === null) return unknown;
  const lines = source.split(/\r\n|[\n\r\u2028\u2029]/);
  const line = Math.min(Number(number[1]), lines.length);
  const shown = lines[line - 1];
  let column = marks.search(/\S/);
  if (column < 0 || Number(number[1]) > lines.length) column = shown.length;
  else if (kind === COMMONJS && line === 1) column -= Math.max(text.indexOf(shown), 0);
  column = Math.max(column, 0);
  const from = Math.max(column - EXCERPT / 2, 0);
  return { ...unknown, line, column: column + 1, excerpt: shown.slice(from, from + EXCERPT).trim() };
}

/** @param {number} length @returns {Buffer | null} null at the end of standard input */
function read(length) {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const count = retrying(() => fs.readSync(0, bytes, done, length - done, null));
    if (count === 0) return null;
    done += count;
  }
  return bytes;
}

/** @param {number} status @param {Buffer} payload */
function write(status, payload) {
  const head = Buffer.alloc(5);
  head.writeUInt8(status, 0);
  head.writeUInt32LE(payload.length, 1);
  for (const bytes of [head, payload]) {
    for (let done = 0; done < bytes.length; ) {
      done += retrying(() => fs.writeSync(1, bytes, done));
    }
  }
}

/** @param {() => number} call @returns {number} its result; 0 at the end of a pipe (on Windows, an error) */
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

function main() {
  for (const flag of FLAGS) v8.setFlagsFromString(flag);
  write(2, Buffer.from(JSON.stringify({ flags: FLAGS })));
  for (;;) {
    const head = read(5);
    if (head === null) return;
    const kind = head.readUInt8(0);
    const bytes = read(head.readUInt32LE(1));
    if (bytes === null) return;
    const source = bytes.toString();
    try {
      write(0, compileWithoutMap(kind, source).createCachedData());
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      write(1, Buffer.from(JSON.stringify(describe(kind, source, error))));
    }
  }
}

main();

'use strict';

/**
 * What the process that compiles and the executable that runs must agree on to the letter. Both load this
 * very file: it needs nothing else.
 *
 * V8 takes a code cache for a source if the source's length is right, so a source of nothing but spaces
 * does. Its lines must end where the real one's do, as V8 counts lines in it for stack traces; where that is
 * is stored beside the cache (`packLines`).
 *
 * V8 also compares the flags. They are those of a plain process on both sides: V8 rejects Node's own caches of
 * its modules in a process with other flags, which makes each `require('http')` slow. So a compiler
 * sets COMPILING before it compiles, and FINISHED before it takes a cache (`createCachedData`).
 */

/** Every function at once, none thrown away before the cache is taken; and none as asm.js, which no cache holds. */
const COMPILING = Object.freeze(['--no-lazy', '--no-flush-bytecode', '--no-validate-asm']);

/** Undoes COMPILING; and the seeds, which must be fixed while the compiler starts, are no difference. */
const FINISHED = Object.freeze([
  '--lazy',
  '--flush-bytecode',
  '--validate-asm',
  '--hash-seed=0',
  '--random-seed=0',
]);

/** Kinds of caches in `sealift/bytecode-index`. */
const Kind = Object.freeze({ COMMONJS: 1, MODULE: 2 });

const HEAD = '(function (exports, require, module, __filename, __dirname) { ';
const TAIL = '\n})';

/** `columnOffset` of a `vm.Script` of a wrapped source, so that columns of the first line are right. */
const COLUMN_OFFSET = -HEAD.length;

/** What ends a line for V8; of a pair, the second character counts. */
const LINE_ENDS = /\r\n|[\n\r\u2028\u2029]/g;

const SPACE = 0x20;
const NEWLINE = 0x0a;

/**
 * The text that is compiled: of a CommonJS module as a `vm.Script` whose value is the function, of an ES module as a
 * `vm.SourceTextModule`.
 *
 * @param {number} kind
 * @param {string} source the file's text
 * @returns {string}
 */
function textOf(kind, source) {
  const text = source.charCodeAt(0) === 0xfeff ? source.slice(1) : source;
  if (kind === Kind.MODULE) return text;
  // A line with `#!` is one only at the very start; as a comment it is as long.
  return HEAD + (text.startsWith('#!') ? `//${text.slice(2)}` : text) + TAIL;
}

/**
 * Where the lines of a text end: the distances from each end to the next, a byte each; 255 stands for as many
 * characters without an end. The first distance is from -1.
 *
 * @param {string} text as `textOf` gives it
 * @returns {Buffer}
 */
function packLines(text) {
  const bytes = [];
  let last = -1;
  for (const { index, 0: end } of text.matchAll(LINE_ENDS)) {
    const at = index + end.length - 1;
    let distance = at - last;
    last = at;
    for (; distance >= 255; distance -= 255) bytes.push(255);
    bytes.push(distance);
  }
  return Buffer.from(bytes);
}

/**
 * A text that V8 takes for the one whose lines were packed.
 *
 * @param {number} length in UTF-16 code units
 * @param {Uint8Array} lines
 * @returns {string}
 */
function fillerOf(length, lines) {
  const text = Buffer.allocUnsafeSlow(length).fill(SPACE);
  const count = lines.length;
  let at = -1;
  for (let next = 0; next < count; next += 1) {
    const distance = lines[next];
    at += distance;
    if (distance !== 255) text[at] = NEWLINE;
  }
  return text.toString('latin1');
}

module.exports = { Kind, COMPILING, FINISHED, COLUMN_OFFSET, textOf, packLines, fillerOf };

'use strict';

/**
 * What the process that compiles and the executable that runs must agree on to the letter. Both load this
 * very file: it needs nothing else.
 *
 * V8 takes a code cache for a source if the source's length is right, so a source of nothing but spaces
 * does. Its lines must end where the real one's do, as V8 counts lines in it for stack traces; and where a class is
 * it must look like one, as programs tell classes from functions by their text. Both are stored beside the cache:
 *
 *     the distances from each line's end to the next, a byte each; 255 stands for 254 characters without an end, so
 *     that none is 0; the first distance is from -1
 *     if there are classes: 0; then for each, two LEB128 numbers: how far from the beginning of the one before (at
 *     first, of the text) it begins; and four times its length plus a number for its look (classes.py)
 *
 * V8 also compares the flags. They are those of a plain process on both sides: V8 rejects Node's own caches of
 * its modules in a process with other flags, which makes each `require('http')` slow. So a compiler
 * sets COMPILING before it compiles, and FINISHED before it takes a cache (`createCachedData`).
 *
 * V8 11, of Node 20, takes a script's name and the column of its beginning from the cache, and what `import()` does in it from nowhere, so
 * that it does nothing. So a cache is made for one path there; each `import` that is called has become the name IMPORT;
 * and the script's value is a function that takes what IMPORT is and gives the module's function. Later ones take
 * all that from what the script is made with (`Script::SetScriptFieldsFromDetails`).
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

/** Whether caches hold what later releases of V8 take from the script. */
const HOLDS_DETAILS = Number.parseInt(process.versions.v8, 10) < 12;

/** As long as `import`; no program has such a name. */
const IMPORT = '\u00ecmport';

const FUNCTION = 'function (exports, require, module, __filename, __dirname) { ';
const HEAD = HOLDS_DETAILS ? `(${IMPORT} => ${FUNCTION}` : `(${FUNCTION}`;
const TAIL = '\n})';

/** `columnOffset` of a `vm.Script` of a wrapped source, so that columns of the first line are right. */
const COLUMN_OFFSET = -HEAD.length;

const NO_END = 255;
const LONGEST = 254;

/** What ends a line for V8; of a pair, the second character counts. */
const LINE_ENDS = /\r\n|[\n\r\u2028\u2029]/g;

const CLASS = Buffer.from('class');
const LOOKS = ['{', '{', '({'].map((look) => Buffer.from(look));
const CLOSE_LOOK = 1;
const SPACE = 0x20;
const NEWLINE = 0x0a;
const SEMICOLON = 0x3b;
const CLOSE = 0x7d;

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
 * Where the lines of a text end; where its classes are is known from the cache (classes.py).
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
    for (; distance > LONGEST; distance -= LONGEST) bytes.push(NO_END);
    bytes.push(distance);
  }
  return Buffer.from(bytes);
}

/**
 * A text that V8 takes for the one whose lines, and classes, were packed.
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
    if (distance === 0) {
      writeClasses(text, lines, next + 1);
      break;
    }
    if (distance === NO_END) {
      at += LONGEST;
    } else {
      at += distance;
      text[at] = NEWLINE;
    }
  }
  return text.toString('latin1');
}

/**
 * Write `class {   }`, `class{   }` or `class ({   }` over each class: as much of it as `util.inspect`, and whatever
 * else tells classes from functions, looks at.
 *
 * @param {Uint8Array} text
 * @param {Uint8Array} packed
 * @param {number} next where the classes begin there
 */
function writeClasses(text, packed, next) {
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = packed[next++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  for (let start = 0; next < packed.length;) {
    start += number();
    const lengthAndLook = number();
    const last = start + (lengthAndLook >>> 2) - 1;
    // The text of a function around the class shall not begin with it, not even behind spaces.
    let before = start - 1;
    while (text[before] === NEWLINE) before -= 1;
    if (text[before] === SPACE) text[before] = SEMICOLON;
    text.set(CLASS, start);
    // The real ones are further on, so that there is enough space before a class in this one begins.
    const look = lengthAndLook & 3;
    let at = start + CLASS.length + (look === CLOSE_LOOK ? 0 : 1);
    for (const character of LOOKS[look]) {
      while (text[at] === NEWLINE) at += 1;
      text[at++] = character;
    }
    text[last] = CLOSE;
  }
}

module.exports = {
  Kind,
  COMPILING,
  FINISHED,
  HOLDS_DETAILS,
  IMPORT,
  COLUMN_OFFSET,
  textOf,
  packLines,
  fillerOf,
};

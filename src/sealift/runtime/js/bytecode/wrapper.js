'use strict';

/**
 * What the process that compiles and the executable that runs must have in common exactly. Both
 * load this file; it needs no other.
 *
 * V8 accepts a code cache for any source of the right length, so the executable can give it a
 * filler of spaces. The lines of the filler must end where those of the source do: V8 counts them
 * for stack traces. Where the source has a class, the filler must look like one: programs
 * distinguish classes from functions by their text. Where it has an async arrow function, a field
 * or a static block, the filler must begin like one: V8 parses it again for the messages of some
 * errors, and ends the process if it does not find what it looks for. All of these are stored with
 * the cache:
 *
 *     the distance from each line's end to the next, one byte each; 255 means 254 characters without
 *     an end, so no byte is 0; the first distance is from -1
 *     if there are classes: 0; then two LEB128 numbers for each: the distance from the start of the
 *     previous class (of the text for the first) to its start; and its length times eight plus a
 *     number for its look (class_ranges.py); async arrow functions, fields and static blocks are
 *     among them
 *
 * V8 also compares the flags. Both sides have those of a plain process: with other flags V8 would
 * reject Node's own caches of its modules, which makes each `require('http')` slow. So a compiler
 * sets COMPILING before it compiles, and FINISHED before it creates a cache (`createCachedData`).
 *
 * V8 11 (Node 20) takes the name and the start column of a script from the cache, and has no
 * callback for `import()` in it. So there a cache is for one path; every called `import` is
 * replaced by the name IMPORT; and the value of the script is a function that takes the meaning of
 * IMPORT and returns the module's function. Newer V8 takes all this from the options of the script
 * (`Script::SetScriptFieldsFromDetails`).
 */

/** Compile every function at once, keep all until the cache is created, and none as asm.js, which
 * caches cannot contain. Without V8's own compilation cache, which would return the code of the same
 * text that was compiled before, with other flags. */
const COMPILING = Object.freeze([
  '--no-lazy',
  '--no-flush-bytecode',
  '--no-validate-asm',
  '--no-compilation-cache',
]);

/** Undo COMPILING, and the seeds, which must be fixed when the compiler starts. */
const FINISHED = Object.freeze([
  '--lazy',
  '--flush-bytecode',
  '--validate-asm',
  '--compilation-cache',
  '--hash-seed=0',
  '--random-seed=0',
]);

/** Kinds of caches in `sealift/bytecode-index`. */
const Kind = Object.freeze({ COMMONJS: 1, MODULE: 2 });

/** Whether caches contain what newer V8 takes from the options of the script. */
const HOLDS_DETAILS = Number.parseInt(process.versions.v8, 10) < 12;

/** As long as `import`; programs do not use such a name. */
const IMPORT = '\u00ecmport';

const FUNCTION = 'function (exports, require, module, __filename, __dirname) { ';
const HEAD = HOLDS_DETAILS ? `(${IMPORT} => ${FUNCTION}` : `(${FUNCTION}`;
const TAIL = '\n})';

/** `columnOffset` of a wrapped `vm.Script`, so that the columns of the first line are right. */
const COLUMN_OFFSET = -HEAD.length;

/** Size in bytes, which most scripts do not exceed. */
const PAGE = 1 << 16;
const NO_END = 255;
const LONGEST = 254;

/** Line ends for V8; the second character of a pair counts. */
const LINE_ENDS = /\r\n|[\n\r\u2028\u2029]/g;
const OTHER_ENDS = /[\r\u2028\u2029]/;

/**
 * What is contiguous in each look; then, behind one more character if the look is spaced, characters
 * between which there can be lines' ends. Each class and field contains an error: V8 does not go on
 * with what it has parsed from a filler.
 */
const HEADS = ['class', 'class', 'class', 'async(', '[', 'static'].map((head) => Buffer.from(head));
const RESTS = ['{)', '{)', '({)', '', ')', '{)'].map((rest) => Buffer.from(rest));
const SPACED = [1, 0, 1, 0, 0, 0];
const LAST_CLASS = 2;
const LAST_FUNCTION = 3;
const SPACE = 0x20;
const NEWLINE = 0x0a;
const SEMICOLON = 0x3b;
const CLOSE = 0x7d;

/**
 * The text that is compiled: for CommonJS a `vm.Script` whose value is the function, for an ES
 * module a `vm.SourceTextModule`.
 *
 * @param {number} kind
 * @param {string} source the file's text
 * @returns {string}
 */
function textOf(kind, source) {
  const text = source.charCodeAt(0) === 0xfeff ? source.slice(1) : source;
  if (kind === Kind.MODULE) return text;
  // `#!` is valid only at the very start. A comment of the same length replaces it.
  return HEAD + (text.startsWith('#!') ? `//${text.slice(2)}` : text) + TAIL;
}

/**
 * Pack where the lines of a text end. The ranges of classes come from the cache (class_ranges.py).
 *
 * @param {string} text returned by `textOf`
 * @returns {Buffer}
 */
function packLines(text) {
  /** @type {number[]} */
  const bytes = [];
  let last = -1;
  /** @param {number} at */
  const add = (at) => {
    let distance = at - last;
    last = at;
    for (; distance > LONGEST; distance -= LONGEST) bytes.push(NO_END);
    bytes.push(distance);
  };
  if (OTHER_ENDS.test(text)) {
    for (const { index, 0: end } of text.matchAll(LINE_ENDS)) add(index + end.length - 1);
  } else {
    // Matches of a large script take tens of megabytes.
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) add(at);
  }
  return Buffer.from(bytes);
}

/**
 * Fillers are written here, but for those of large scripts: with a new buffer for each, those of
 * thousands of scripts would be collected one by one.
 *
 * @type {Buffer | undefined}
 */
let page;

/**
 * Create the filler for a text whose lines and classes are packed.
 *
 * @param {number} length in UTF-16 code units
 * @param {Uint8Array} lines
 * @returns {string}
 */
function fillerOf(length, lines) {
  if (length <= PAGE) page ??= Buffer.allocUnsafeSlow(PAGE);
  const text = length <= PAGE ? /** @type {Buffer} */ (page) : Buffer.allocUnsafeSlow(length);
  text.fill(SPACE, 0, length);
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
  return text.toString('latin1', 0, length);
}

/**
 * Write `class {) }`, `class{) }` or `class ({) }` over each class: `util.inspect` and others look
 * at this much of the text to distinguish classes from functions. Write the beginnings of async
 * arrow functions, fields and static blocks.
 *
 * @param {Uint8Array} text
 * @param {Uint8Array} packed
 * @param {number} next where the classes begin in `packed`
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
    const look = lengthAndLook & 7;
    if (look <= LAST_FUNCTION) {
      // The text of a function around the class must not begin with the class, not even after
      // spaces.
      let before = start - 1;
      while (text[before] === NEWLINE) before -= 1;
      if (text[before] === SPACE) text[before] = SEMICOLON;
    }
    writeBeginning(text, start, look);
    if (look <= LAST_CLASS) text[start + (lengthAndLook >>> 3) - 1] = CLOSE;
  }
}

/**
 * @param {Uint8Array} text
 * @param {number} start
 * @param {number} look
 */
function writeBeginning(text, start, look) {
  const head = HEADS[look];
  text.set(head, start);
  // In the source, the characters of a class are at least this far, so an inner class is behind
  // them; what is not free belongs to the end of the class around a field.
  let at = start + head.length + SPACED[look];
  for (const character of RESTS[look]) {
    while (text[at] === NEWLINE) at += 1;
    if (text[at] === SPACE) text[at] = character;
    at += 1;
  }
}

module.exports = {
  Kind,
  COMPILING,
  FINISHED,
  HOLDS_DETAILS,
  IMPORT,
  HEAD,
  TAIL,
  COLUMN_OFFSET,
  textOf,
  packLines,
  fillerOf,
};

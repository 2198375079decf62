'use strict';

/**
 * The main script of the executable. It only loads the runtime's own modules from the assets of the
 * executable; start.js decides what runs.
 */

/**
 * Create the function that loads the runtime's modules. Worker threads receive the text of this
 * function, so that they load the same modules from the same memory.
 *
 * V8 compiles this function at every start, and executes damaged code caches. So it does nothing but
 * check the script of the modules that each start needs, and that script's code cache.
 *
 * @param {NodeJS.Require} require for Node's own modules
 * @returns {import('./own-modules.js').Load}
 */
function createLoader(require) {
  const { getRawAsset } = require('node:sea');
  const { Script } = require('node:vm');
  // As in bytecode/wrapper.js, so that V8 accepts the code caches.
  const HEAD = '(function (exports, require, module, __filename, __dirname) { ';
  const NAME = 'at-start.js';
  const SCRIPT = `sealift/runtime/${NAME}`;
  const { emitWarning } = process;
  try {
    let stored;
    let crc32;
    process.emitWarning = () => {}; // process.binding is deprecated
    try {
      stored = getRawAsset('sealift/checksums');
      // Loading `node:zlib` takes 3 ms, longer than all checksums of a start.
      ({ crc32 } = /** @type {any} */ (process).binding('zlib'));
    } catch {
      // Executables that tests assemble have no checksums, and --permission forbids the binding.
    }
    process.emitWarning = emitWarning;
    crc32 ??= require('node:zlib').crc32;
    const checksums = stored === undefined ? {} : JSON.parse(Buffer.from(stored).toString());
    const read = (/** @type {string} */ key) => {
      const content = Buffer.from(getRawAsset(key));
      if (!(key in checksums) || crc32 === undefined) return content;
      if (crc32(content, 0) !== checksums[key]) throw new Error(key);
      return content;
    };
    const compiled = (
      /** @type {string} */ name,
      /** @type {Buffer} */ text,
      /** @type {Buffer | undefined} */ cachedData,
    ) =>
      new Script(`${HEAD}${text.toString('latin1')}\n})`, {
        filename: `sealift:runtime/${name}`,
        cachedData,
      }).runInThisContext();
    const cache = `${SCRIPT}.cache`;
    const functions = { exports: /** @type {any} */ ({}) };
    compiled(NAME, read(SCRIPT), cache in checksums ? read(cache) : undefined)(
      functions.exports,
      require,
      functions,
    );
    const first = { exports: /** @type {any} */ ({}) };
    functions.exports['own-modules.js'](first.exports, require, first);
    return first.exports.createLoad(functions.exports, require, compiled, crc32, checksums);
  } catch {
    const text = `sealift: ${process.execPath} is damaged. Copy or download it again.\n`;
    require('node:fs').writeSync(2, text);
    process.exit(1);
  }
}

createLoader(require)('start.js').startMain(`(${createLoader})`);

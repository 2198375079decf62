'use strict';

/**
 * Preloaded into a plain run of the program (sample_start.py): creates V8's code caches of its
 * CommonJS modules at the end of the start, when they have the functions that were called.
 *
 * When the process exits, or SECONDS after it began, each cache is written beside this script by
 * the name DIGEST.cache; the digest is the SHA-256 of the module's source in UTF-8, without a byte
 * order mark. If the program ended by itself before V8 collected any garbage, the file
 * YOUNG_GENERATION says how many bytes of the young generation were used.
 */

const { createHash } = require('node:crypto');
const { writeFileSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { setTimeout } = require('node:timers');
const v8 = require('node:v8');
const vm = require('node:vm');
const { Kind, FINISHED, textOf } = require('./wrapper.js');

/** A program that has not ended by then is a server, and has started. */
const SECONDS = 10;
const YOUNG_GENERATION = 'young-generation';
/** What compile.js gives all scripts. */
const NAME = 'file:///x';

/** Private parts of Node's module loader. @type {any} */
const internals = Module;
const { _compile: compile } = internals.prototype;

/** @type {Map<string, {text: string, script: vm.Script}>} by the digest of the source */
const compiled = new Map();

const collections = new v8.GCProfiler();
let isStopped = false;

/** @param {any} module @returns {NodeJS.Require} as Node makes it */
function requireOf(module) {
  /** @type {any} */
  const require = (/** @type {string} */ id) => module.require(id);
  require.resolve = (/** @type {string} */ request, /** @type {any} */ options) =>
    internals._resolveFilename(request, module, false, options);
  require.resolve.paths = (/** @type {string} */ request) =>
    internals._resolveLookupPaths(request, module);
  require.main = process.mainModule;
  require.extensions = internals._extensions;
  require.cache = internals._cache;
  return require;
}

/** @param {string} text @param {string} filename @returns {vm.Script | null} null: not CommonJS */
function scriptOf(text, filename) {
  try {
    return new vm.Script(text, {
      filename,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
  } catch {
    return null;
  }
}

/** Create a cache with the name that all scripts have, of one with this script's own name. */
function write() {
  if (collections.stop()?.statistics.length === 0 && !isStopped) {
    const spaces = v8.getHeapSpaceStatistics();
    const used = spaces.find(({ space_name: name }) => name === 'new_space')?.space_used_size;
    if (used !== undefined) writeFileSync(path.join(__dirname, YOUNG_GENERATION), `${used}`);
  }
  for (const flag of FINISHED) v8.setFlagsFromString(flag);
  for (const [digest, { text, script }] of compiled) {
    const cachedData = script.createCachedData();
    const renamed = new vm.Script(text, { filename: NAME, cachedData });
    if (renamed.cachedDataRejected) continue;
    writeFileSync(path.join(__dirname, `${digest}.cache`), renamed.createCachedData());
  }
  compiled.clear();
}

internals.prototype._compile = function _compile(
  /** @type {string} */ content,
  /** @type {string} */ filename,
  /** @type {string | undefined} */ format,
  /** @type {any[]} */ ...rest
) {
  const source = `${content}`.replace(/^\ufeff/, '');
  const text = textOf(Kind.COMMONJS, source);
  const script = format === 'module' ? null : scriptOf(text, filename);
  if (script === null) return Reflect.apply(compile, this, [content, filename, format, ...rest]);
  compiled.set(createHash('sha256').update(source).digest('hex'), { text, script });
  const values = [this.exports, requireOf(this), this, filename, path.dirname(filename)];
  return Reflect.apply(script.runInThisContext(), this.exports, values);
};

process.execArgv = [];
process.on('exit', write);
collections.start();
setTimeout(() => {
  isStopped = true;
  process.exit(0);
}, SECONDS * 1000).unref();

'use strict';

/**
 * `watch` and `watchFile` of packaged paths, which never change. Node watches the executable
 * instead, so that the objects are Node's own, and its events are suppressed.
 */

const { REFUSED } = require('./packaged-files.js');
const { pathText } = require('./arguments.js');

/** @typedef {import('./packaged-files.js').Files} Files */

/** @type {{location: string, listener: unknown, idle: () => void}[]} */
const watched = [];

/**
 * @param {Files} files
 * @param {string} location
 * @param {any[]} args of fs.watch
 */
function watch(files, location, [path, options, listener]) {
  check(files, location, path);
  if (typeof options === 'function') [options, listener] = [undefined, options];
  const watcher = files.real.watch(process.execPath, watchOptions(options));
  const { emit } = watcher;
  watcher.emit = function (/** @type {string} */ event, /** @type {any[]} */ ...rest) {
    return event === 'change' ? false : emit.call(this, event, ...rest);
  };
  if (typeof listener === 'function') watcher.on('change', listener);
  return watcher;
}

/**
 * @param {Files} files
 * @param {string} location
 * @param {any[]} args of fs.promises.watch
 */
// eslint-disable-next-line require-yield -- it ends only by an error or a signal
async function* watchLater(files, location, [path, options]) {
  check(files, location, path);
  for await (const _ of files.realPromises.watch(process.execPath, watchOptions(options)));
}

/** @param {any} options @returns {any} the options for one file */
function watchOptions(options) {
  return typeof options === 'object' && options !== null
    ? { ...options, recursive: false }
    : options;
}

/** @param {Files} files @param {string} location @param {unknown} path */
function check(files, location, path) {
  const index = files.table.lookup(location, true);
  if (index >= 0) return;
  const filename = pathText(path);
  const { message, errno, code, syscall } = files.failure(files.codeOf(index), 'watch', filename);
  throw Object.assign(new Error(message), { errno, syscall, code, path: filename, filename });
}

/**
 * @param {Files} files
 * @param {string} location
 * @param {any[]} args of fs.watchFile
 */
function watchFile(files, location, [, options, listener]) {
  if (options === null || typeof options !== 'object') [options, listener] = [{}, options];
  if (typeof listener !== 'function') return REFUSED;
  const index = files.table.lookup(location, true);
  // For a missing file Node calls the listener once, with all numbers 0. A path below a file is
  // missing.
  if (index < 0) return files.real.watchFile(`${process.execPath}/${location}`, options, listener);
  const idle = () => undefined;
  watched.push({ location, listener, idle });
  return files.real.watchFile(process.execPath, options, idle);
}

/**
 * @param {Files} files
 * @param {string} location
 * @param {any[]} args of fs.unwatchFile
 */
function unwatchFile(files, location, [, listener]) {
  files.real.unwatchFile(`${process.execPath}/${location}`, listener);
  for (let at = watched.length - 1; at >= 0; at -= 1) {
    const entry = watched[at];
    if (entry.location !== location) continue;
    if (typeof listener === 'function' && entry.listener !== listener) continue;
    files.real.unwatchFile(process.execPath, entry.idle);
    watched.splice(at, 1);
    if (typeof listener === 'function') return;
  }
}

module.exports = { watch, watchLater, watchFile, unwatchFile };

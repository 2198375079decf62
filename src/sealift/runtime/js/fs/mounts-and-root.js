'use strict';

/**
 * Paths on the disk that concern the package: the root directory, which lists the mount point, and
 * files under a mount, whose real path stays the packaged one.
 */

const fs = require('node:fs');
const { parseOptions, encode, plainPath, pathText } = require('./arguments.js');

/** @typedef {(...args: any[]) => any} AnyFunction */
/** @typedef {import('./packaged-files.js').Style} Style */

const { UV_DIRENT_DIR } = /** @type {Record<string, number>} */ (
  /** @type {unknown} */ (fs.constants)
);

/** @type {new (name: any, type: number, parentPath: any) => import('node:fs').Dirent} */
const Dirent = /** @type {any} */ (fs.Dirent);

/**
 * Call a function of Node and change its result.
 *
 * @param {AnyFunction} original
 * @param {any[]} args
 * @param {Style} style
 * @param {(result: any) => any} change
 */
function changed(original, args, style, change) {
  if (style === 'sync') return change(original(...args));
  if (style === 'promise') return original(...args).then(change);
  const at = args.findIndex((value) => typeof value === 'function');
  if (at >= 0) {
    const callback = args[at];
    args[at] = (/** @type {unknown} */ error, /** @type {any} */ result) =>
      error ? callback(error) : callback(error, change(result));
  }
  return original(...args);
}

/**
 * `readdir` of the disk's root, which also lists the mount point.
 *
 * @param {import('../paths.js').Paths} paths
 * @param {AnyFunction} original
 * @param {any[]} args
 * @param {Style} style
 */
function readdir(paths, original, args, style) {
  const [directory] = args;
  const options = typeof args[1] === 'function' ? {} : parseOptions(args[1]);
  if (options === null || options.recursive) return original(...args);
  const name = paths.path.basename(paths.mountPoint);
  return changed(original, args, style, (/** @type {any[]} */ entries) => {
    if (!entries.some((entry) => String(entry.name ?? entry) === name)) {
      const shown = encode(name, options.encoding);
      entries.push(
        options.withFileTypes ? new Dirent(shown, UV_DIRENT_DIR, plainPath(directory)) : shown,
      );
    }
    return entries;
  });
}

/**
 * `realpath` of a file under a mount.
 *
 * @param {import('../paths.js').Paths} paths
 * @param {AnyFunction} original
 * @param {any[]} args
 * @param {Style} style
 */
function realpath(paths, original, args, style) {
  const given = args[0];
  const options = typeof args[1] === 'function' ? {} : parseOptions(args[1]);
  args[0] = paths.onDisk(given);
  if (options === null) return original(...args);
  const shown = paths.path.resolve(pathText(given));
  return changed(original, args, style, () => encode(shown, options.encoding));
}

module.exports = { readdir, realpath };

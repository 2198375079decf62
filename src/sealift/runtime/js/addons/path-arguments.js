'use strict';

/**
 * Addons that open files by themselves (sharp, better-sqlite3) do not see packaged files. The build
 * lists the packages whose functions get paths of packaged files. What their addons export gets
 * copies on the disk in place of such paths: as arguments, and in objects and arrays that are
 * arguments.
 */

const { FILE } = require('../table.js');

/** @typedef {import('../snapshot.js').Snapshot} Snapshot */

const MOST_LEVELS = 5;

/**
 * @param {Snapshot} snapshot
 * @param {string} location of an addon
 * @returns {boolean} whether its functions may get paths of packaged files
 */
function mayGetPaths({ config }, location) {
  /** @type {string[]} */
  const packages = config.nativeReaders ?? [];
  return packages.some((name) => location.includes(`node_modules/${name}/`));
}

/**
 * @param {Snapshot} snapshot
 * @param {any} exported by an addon; its properties are replaced
 * @param {(file: number) => string} copy writes a file to the disk
 * @returns {any}
 */
function withCopies(snapshot, exported, copy) {
  if (typeof exported === 'function') return wrapped(exported);
  for (const [name, value] of Object.entries(exported ?? {})) {
    if (typeof value === 'function') exported[name] = wrapped(value);
  }
  return exported;

  /** @param {(...args: any[]) => any} original */
  function wrapped(original) {
    return new Proxy(original, {
      apply: (target, self, args) => Reflect.apply(target, self, args.map(replaced)),
      construct: (target, args, newTarget) =>
        Reflect.construct(target, args.map(replaced), newTarget),
    });
  }

  /** @param {unknown} argument */
  function replaced(argument) {
    return replaceIn(argument, MOST_LEVELS);
  }

  /** @param {any} value @param {number} levels @returns {any} */
  function replaceIn(value, levels) {
    if (typeof value === 'string') {
      const file = value.includes('snapshot') ? snapshot.find(value) : -1;
      return file >= 0 && snapshot.table.kind(file) === FILE ? copy(file) : value;
    }
    if (levels > 0 && (Array.isArray(value) || isPlain(value))) {
      for (const [key, inner] of Object.entries(value)) {
        const other = replaceIn(inner, levels - 1);
        if (other !== inner) value[key] = other;
      }
    }
    return value;
  }
}

/** @param {unknown} value @returns {boolean} */
function isPlain(value) {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

module.exports = { mayGetPaths, withCopies };

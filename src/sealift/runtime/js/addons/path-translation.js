'use strict';

/**
 * Addons that open files by themselves do not see packaged files. There are two kinds:
 *
 * - Those that read the files they are given (sharp, better-sqlite3). The build lists the packages
 *   whose functions get paths of packaged files. Such an argument becomes the path of a copy.
 * - Those that search packages (the resolvers of jest and parcel, bundlers). The build knows them by
 *   the names that they look for (payload/package_search.py). They get paths in a copy of the whole
 *   package (copies.js), and the program gets packaged paths back: in results, errors and the
 *   arguments of its callbacks.
 *
 * Paths are replaced as arguments and results, and in objects and arrays.
 */

const { isPromise } = require('node:util/types');
const { FILE } = require('../table.js');

/** @typedef {import('../snapshot.js').Snapshot} Snapshot */

/**
 * What happens to texts on their way.
 *
 * @typedef {object} Translation
 * @property {(text: string) => string} outward to native code
 * @property {(text: string) => string} [inward] back; absent: native code returns no paths
 */

const MOST_LEVELS = 5;

/**
 * @param {Snapshot} snapshot
 * @param {number} addon index
 * @returns {Translation | null} null: it gets no paths of packaged files
 */
function translationFor(snapshot, addon) {
  const location = snapshot.table.locationOf(addon);
  const { nativeReaders = [], nativeSearchers = [] } = snapshot.config;
  if (nativeSearchers.includes(location)) return throughMirror(snapshot);
  if (!nativeReaders.some((name) => location.includes(`node_modules/${name}/`))) return null;
  return {
    outward(text) {
      const file = text.includes('snapshot') ? snapshot.find(text) : -1;
      if (file < 0 || snapshot.table.kind(file) !== FILE) return text;
      return require('./copies.js').fileOnDisk(snapshot, file);
    },
  };
}

/** @param {Snapshot} snapshot @returns {Translation} */
function throughMirror(snapshot) {
  const { paths } = snapshot;
  const { mountPoint } = paths;
  /** @type {string | undefined} */
  let root;
  /** @type {[from: string, to: string][]} */
  let back = [];
  return {
    outward(text) {
      if (!text.includes('snapshot') || !paths.path.isAbsolute(text)) return text;
      const location = paths.toLocation(text);
      if (location === null) return text;
      if (root === undefined) {
        const { mirrorOnDisk } = require('./copies.js');
        const { realpathSync } = require('node:fs');
        root = mirrorOnDisk(snapshot);
        // Native code often returns paths without links, such as macOS has above the temporary one.
        const roots = new Set([root, realpathSync.native(root)]);
        const slashed = (/** @type {string} */ path) => path.replaceAll('\\', '/');
        back = [...roots].flatMap((from) => [
          [from, mountPoint],
          [slashed(from), slashed(mountPoint)],
        ]);
      }
      return location === '' ? root : paths.path.join(root, location);
    },
    inward(text) {
      return back.reduce((known, [from, to]) => known.replaceAll(from, to), text);
    },
  };
}

/**
 * Let an addon's functions get and return translated paths.
 *
 * @param {any} exported by an addon; its properties are replaced
 * @param {Translation} translation
 * @returns {any}
 */
function translated(exported, { outward, inward }) {
  /** @type {WeakMap<object, object>} functions by what stands in their place */
  const originals = new WeakMap();
  /** @type {WeakMap<object, object>} the opposite */
  const replacements = new WeakMap();
  if (typeof exported === 'function') return native(exported);
  replaceFunctions(exported);
  return exported;

  /** @param {any} holder of functions of the addon, which are replaced */
  function replaceFunctions(holder) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(holder ?? {}))) {
      if (name === 'constructor' || name === 'prototype') continue;
      for (const part of /** @type {const} */ (['value', 'get', 'set'])) {
        if (typeof property[part] === 'function') property[part] = native(property[part]);
      }
      if (property.configurable || property.writable) Object.defineProperty(holder, name, property);
    }
  }

  /** @param {any} original function or class of the addon @returns {any} */
  function native(original) {
    if (inward !== undefined && !replacements.has(original)) {
      replaceFunctions(original);
      replaceFunctions(original.prototype);
    }
    return replacing(original, outbound, inbound);
  }

  /**
   * @param {any} original
   * @param {(value: any) => any} before of each argument
   * @param {(value: any) => any} after of a result and of an error
   */
  function replacing(original, before, after) {
    const known = replacements.get(original);
    if (known !== undefined) return known;
    const replacement = new Proxy(original, {
      apply: (target, self, args) =>
        run(() => Reflect.apply(target, self, args.map(before)), after),
      construct: (target, args, newTarget) =>
        run(() => Reflect.construct(target, args.map(before), newTarget), after),
    });
    originals.set(replacement, original);
    replacements.set(original, replacement);
    return replacement;
  }

  /** @param {unknown} value from the program */
  function outbound(value) {
    return convert(value, MOST_LEVELS, outward, (callback) =>
      inward === undefined ? callback : replacing(callback, inbound, outbound),
    );
  }

  /** @param {unknown} value from the addon */
  function inbound(value) {
    return inward === undefined ? value : convert(value, MOST_LEVELS, inward, native);
  }

  /**
   * @param {any} value
   * @param {number} levels
   * @param {(text: string) => string} translate
   * @param {(original: any) => any} replaced a function
   * @returns {any} the value itself if nothing in it changes
   */
  function convert(value, levels, translate, replaced) {
    if (typeof value === 'string') return translate(value);
    if (typeof value === 'function') return originals.get(value) ?? replaced(value);
    if (levels === 0 || typeof value !== 'object' || value === null) return value;
    const inner = (/** @type {unknown} */ part) => convert(part, levels - 1, translate, replaced);
    if (value instanceof Error) {
      value.message = translate(value.message);
      value.stack = value.stack && translate(value.stack);
      return value;
    }
    if (isPromise(value)) {
      return value.then(inner, (error) => {
        throw inner(error);
      });
    }
    if (!Array.isArray(value) && !isPlain(value)) return value;
    let result = value;
    for (const [key, part] of Object.entries(value)) {
      const other = inner(part);
      if (other === part) continue;
      if (result === value) result = Array.isArray(value) ? [...value] : { ...value };
      result[key] = other;
    }
    return result;
  }
}

/**
 * @param {() => any} call
 * @param {(value: any) => any} after of a result and of an error
 */
function run(call, after) {
  let result;
  try {
    result = call();
  } catch (error) {
    throw after(error);
  }
  return after(result);
}

/** @param {unknown} value @returns {boolean} */
function isPlain(value) {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

module.exports = { translationFor, translated };

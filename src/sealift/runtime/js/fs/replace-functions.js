'use strict';

/**
 * Replaces the functions of `fs` and `fs.promises` that take a path or a descriptor. For a path on
 * the disk the replacement calls Node's own function at once. For a packaged path it calls the
 * operation in serve.js, which is loaded on first use.
 *
 * These are not replaced, because they call functions that are: `exists`, `truncate`, `glob`,
 * `createReadStream`, `createWriteStream`, `ReadStream`, `WriteStream`.
 */

const fs = require('node:fs');
const { setImmediate } = require('node:timers');

/** @typedef {import('./packaged-files.js').Context} Context */
/** @typedef {import('./packaged-files.js').Style} Style */
/** @typedef {import('./serve.js').Server} Server */
/** @typedef {(...args: any[]) => any} AnyFunction */
/** @typedef {(args: any) => any} Guard receives the `arguments` of the function that it replaces */

const PATH_FUNCTIONS =
  'access appendFile chmod chown lchmod lchown lstat lutimes mkdir mkdtemp mkdtempDisposable open ' +
  'opendir readFile readdir readlink realpath rm rmdir stat statfs unlink utimes writeFile';
const PAIR_FUNCTIONS = 'copyFile link rename symlink';
/** Those that act on a link itself. */
const ON_LINKS = new Set([
  ...['cp', 'lchmod', 'lchown', 'link', 'lstat', 'lutimes', 'mkdtemp', 'mkdtempDisposable'],
  ...['readlink', 'rename', 'rm', 'rmdir', 'symlink', 'unlink'],
]);
const DESCRIPTOR_FUNCTIONS = 'fchmod fchown fdatasync fstat fsync futimes read readv';
const OTHER_PATH_FUNCTIONS = 'openAsBlob openAsBlobSync unwatchFile watch watchFile';
const NO_ERROR = { throwIfNoEntry: false };
/** Node loads their code on demand, and that code takes functions out of fs.promises. */
const PROMISES_USERS = 'glob globSync';

/**
 * Replace the functions of `fs`.
 *
 * @param {import('../snapshot.js').Snapshot} snapshot
 * @returns {() => void} replaces those of fs.promises, which Node loads on demand. Must be called
 *   before the program gets one of them
 */
function replaceFunctions({ table, paths, descriptors }) {
  /** @type {Record<string, any>} */
  const api = fs;
  const windows = process.platform === 'win32';
  /** @type {Context} */
  const context = { table, paths, real: {}, realPromises: {}, descriptors, windows };
  const guards = new Guards(context);
  const put = (/** @type {string} */ name, /** @type {(original: AnyFunction) => Guard} */ guard) =>
    replace(api, context.real, name, guard);

  for (const name of PATH_FUNCTIONS.split(' ')) {
    put(`${name}Sync`, (original) => guards.path(name, original, 'sync'));
    put(name, (original) => guards.path(name, original, 'callback'));
  }
  for (const name of PAIR_FUNCTIONS.split(' ')) {
    put(`${name}Sync`, (original) => guards.pair(name, original, 'sync'));
    put(name, (original) => guards.pair(name, original, 'callback'));
  }
  for (const name of DESCRIPTOR_FUNCTIONS.split(' ')) {
    put(`${name}Sync`, (original) => guards.descriptor(name, original, 'sync'));
    put(name, (original) => guards.descriptor(name, original, 'callback'));
  }
  for (const name of OTHER_PATH_FUNCTIONS.split(' ')) {
    put(name, (original) => guards.path(name, original, 'sync'));
  }
  put('existsSync', (original) => guards.exists(original));
  put('closeSync', (original) => guards.close(original));
  put('close', (original) => guards.closeLater(original));
  put('cpSync', (original) => guards.pair('cp', original, 'sync'));
  const { real } = context;
  for (const name of ['read', 'readv']) copySymbols(api[name], real[name]);
  replaceNative(guards, api.realpath, real.realpath, 'callback');
  replaceNative(guards, api.realpathSync, real.realpathSync, 'sync');

  const promises = deferred(api, () => replacePromises(fs.promises, context, guards));
  put('cp', (original) => guards.tree(original, promises));
  for (const name of PROMISES_USERS.split(' ')) {
    put(name, (original) => (args) => {
      promises();
      return Reflect.apply(original, undefined, args);
    });
  }
  return promises;
}

/**
 * Do something when `fs.promises` is first accessed.
 *
 * @param {object} api
 * @param {() => void} replaceAll
 * @returns {() => void} does it now, unless it is done already
 */
function deferred(api, replaceAll) {
  const property = /** @type {PropertyDescriptor & {get: () => any}} */ (
    Object.getOwnPropertyDescriptor(api, 'promises')
  );
  const get = () => {
    Object.defineProperty(api, 'promises', property);
    replaceAll();
    return property.get.call(api);
  };
  Object.defineProperty(api, 'promises', { ...property, get });
  return () => void fs.promises;
}

/**
 * @param {Record<string, any>} promises
 * @param {Context} context
 * @param {Guards} guards
 */
function replacePromises(promises, context, guards) {
  const put = (/** @type {string} */ name, /** @type {(original: AnyFunction) => Guard} */ guard) =>
    replace(promises, context.realPromises, name, guard);
  for (const name of `${PATH_FUNCTIONS} truncate`.split(' ')) {
    put(name, (original) => guards.path(name, original, 'promise'));
  }
  for (const name of PAIR_FUNCTIONS.split(' ')) {
    put(name, (original) => guards.pair(name, original, 'promise'));
  }
  put('watch', (original) => guards.path('promises.watch', original, 'sync'));
  put('cp', (original) => guards.tree(original, () => undefined));
}

/** Creates the functions that find out whether a path or a descriptor is packaged. */
class Guards {
  #context;
  /** @type {Server | undefined} */ #server;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
  }

  /** @returns {Server} loaded on first use */
  #serve() {
    this.#server ??= new (require('./serve.js').Server)(this.#context);
    return /** @type {Server} */ (this.#server);
  }

  /** @param {string} name @param {AnyFunction} original @param {Style} style @returns {Guard} */
  path(name, original, style) {
    const { paths, descriptors } = this.#context;
    const opens = name === 'readFile' || (name === 'open' && style === 'sync');
    const follows = !ON_LINKS.has(name);
    return (args) => {
      const path = args[0];
      const location = paths.toLocation(path, follows);
      if (location !== null) return this.#serve().path(name, original, style, location, [...args]);
      if (descriptors.size !== 0 && opens) {
        return this.#serve().opening(name, original, style, [...args]);
      }
      if (paths.onDisk(path) !== path || (name === 'readdir' && isRoot(path))) {
        return this.#serve().onDisk(name, original, style, [...args]);
      }
      return Reflect.apply(original, undefined, args);
    };
  }

  /** @param {string} name @param {AnyFunction} original @param {Style} style @returns {Guard} */
  pair(name, original, style) {
    const { paths } = this.#context;
    const follows = !ON_LINKS.has(name);
    return (args) => {
      const from = name === 'symlink' ? null : paths.toLocation(args[0], follows);
      const to = paths.toLocation(args[1], follows);
      if (from !== null || to !== null) {
        return this.#serve().pair(name, original, style, from, to, [...args]);
      }
      if (args.length > 1) {
        if (name === 'symlink') paths.addDiskLink(args[1], args[0]);
        args[0] = paths.sourceOnDisk(name, args[0]);
        args[1] = paths.onDisk(args[1]);
      }
      return Reflect.apply(original, undefined, args);
    };
  }

  /**
   * `cp` with a callback or a promise.
   *
   * @param {AnyFunction} original
   * @param {() => void} prepare
   * @returns {Guard}
   */
  tree(original, prepare) {
    const { paths } = this.#context;
    return (args) => {
      prepare();
      const isPackaged = (/** @type {unknown} */ path) => paths.toLocation(path, false) !== null;
      const packaged = isPackaged(args[0]) || isPackaged(args[1]);
      if (packaged) return Reflect.apply(original, undefined, walkingTree([...args]));
      if (args.length > 1) {
        args[0] = paths.onDisk(args[0]);
        args[1] = paths.onDisk(args[1]);
      }
      return Reflect.apply(original, undefined, args);
    };
  }

  /** @param {string} name @param {AnyFunction} original @param {Style} style @returns {Guard} */
  descriptor(name, original, style) {
    const { descriptors } = this.#context;
    return (args) => {
      const file = descriptors.size === 0 ? undefined : descriptors.get(args[0]);
      if (file === undefined) return Reflect.apply(original, undefined, args);
      return this.#serve().descriptor(name, original, style, file, [...args]);
    };
  }

  /** @param {AnyFunction} original @returns {Guard} */
  close(original) {
    const { descriptors } = this.#context;
    return (args) => {
      const result = Reflect.apply(original, undefined, args);
      if (descriptors.size !== 0) descriptors.delete(args[0]);
      return result;
    };
  }

  /**
   * `close` with a callback. Node's own function lets a thread close the file: waking one takes
   * longer than all else that a stream of a small packaged file does.
   *
   * @param {AnyFunction} original
   * @returns {Guard}
   */
  closeLater(original) {
    const { descriptors, real } = this.#context;
    const close = this.close(original);
    return (args) => {
      const [fd, callback = rethrow] = args;
      if (typeof callback !== 'function' || !descriptors.has(fd)) return close(args);
      descriptors.delete(fd);
      /** @type {unknown} */
      let failure = null;
      try {
        real.closeSync(fd);
      } catch (error) {
        failure = error;
      }
      setImmediate(callback, failure);
      return undefined;
    };
  }

  /** @param {AnyFunction} original @returns {Guard} */
  exists(original) {
    const { paths, table } = this.#context;
    return ([path]) => {
      let location = paths.toLocation(path);
      if (location === null) {
        if (original(paths.onDisk(path))) return true;
        if (!this.#isLink(path) || !paths.findDiskLink(path)) return false;
        location = paths.toLocation(path) ?? '';
      }
      return table.lookup(location) >= 0;
    };
  }

  /** @param {unknown} path @returns {boolean} */
  #isLink(path) {
    if (typeof path !== 'string') return false;
    try {
      return this.#context.real.lstatSync(path, NO_ERROR)?.isSymbolicLink() ?? false;
    } catch {
      return false;
    }
  }
}

/** Node's own default callback throws the error. @param {unknown} error */
function rethrow(error) {
  if (error) throw error;
}

/**
 * Add a filter to the arguments of `cp`. With a filter, Node copies a directory entry by entry with
 * the functions of fs.promises; without one, newer releases use native code, which only sees the
 * disk.
 *
 * @param {any[]} args of `cp`
 * @returns {any[]} with a filter
 */
function walkingTree(args) {
  const [from, to, options, ...rest] = args;
  if (typeof options === 'function') return [from, to, { filter: () => true }, options];
  if (options === null || (options !== undefined && typeof options !== 'object')) return args;
  return [from, to, { ...options, filter: options?.filter ?? (() => true) }, ...rest];
}

/** @param {unknown} path @returns {boolean} whether it is the root directory of a disk */
function isRoot(path) {
  return typeof path === 'string' && path.length <= 3 && /^(?:[A-Za-z]:)?[\\/]+$/.test(path);
}

/**
 * @param {Record<string, any>} target
 * @param {Record<string, AnyFunction>} originals receives Node's own function
 * @param {string} name
 * @param {(original: AnyFunction) => Guard} guard
 */
function replace(target, originals, name, guard) {
  const original = target[name];
  if (typeof original !== 'function') return;
  originals[name] = original;
  target[name] = named(original, guard(original));
}

/**
 * Create a function of the same name and number of parameters, which some libraries check. Setting
 * `length` afterwards would take five times as long.
 *
 * @param {AnyFunction} original
 * @param {Guard} guard
 * @returns {AnyFunction}
 */
function named(original, guard) {
  const make = BY_LENGTH[original.length];
  return Object.defineProperty(make(guard), 'name', { value: original.name });
}

/* eslint-disable no-unused-vars, prefer-rest-params */
/** @type {((guard: Guard) => AnyFunction)[]} */
// prettier-ignore
const BY_LENGTH = [
  (guard) => function () { return guard(arguments); },
  (guard) => function (a) { return guard(arguments); },
  (guard) => function (a, b) { return guard(arguments); },
  (guard) => function (a, b, c) { return guard(arguments); },
  (guard) => function (a, b, c, d) { return guard(arguments); },
  (guard) => function (a, b, c, d, e) { return guard(arguments); },
  (guard) => function (a, b, c, d, e, f) { return guard(arguments); },
];
/* eslint-enable no-unused-vars, prefer-rest-params */

/**
 * Copy the symbol properties of a function, for example for `util.promisify`.
 *
 * @param {AnyFunction} replacement
 * @param {AnyFunction} original
 */
function copySymbols(replacement, original) {
  for (const mark of Object.getOwnPropertySymbols(original)) {
    const property = Object.getOwnPropertyDescriptor(original, mark);
    Object.defineProperty(replacement, mark, /** @type {PropertyDescriptor} */ (property));
  }
}

/**
 * `fs.realpath.native` and `fs.realpathSync.native`.
 *
 * @param {Guards} guards
 * @param {AnyFunction & {native?: AnyFunction}} replacement
 * @param {AnyFunction & {native?: AnyFunction}} original
 * @param {Style} style
 */
function replaceNative(guards, replacement, original, style) {
  const native = /** @type {AnyFunction} */ (original.native);
  replacement.native = named(native, guards.path('realpath.native', native, style));
}

module.exports = { replaceFunctions };

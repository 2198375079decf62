'use strict';

/**
 * Serves calls for packaged files: runs the operation and returns its result in the style of the
 * function that was called. Callbacks and promises complete after a turn of the event loop, as from
 * the disk, so that a loop of requests cannot starve timers.
 *
 * An operation returns REFUSED if its arguments are wrong. Then Node's own function is called,
 * which throws its own error.
 */

const { setImmediate } = require('node:timers');
const { Files, REFUSED, UNUSUAL } = require('./packaged-files.js');
const { reading } = require('./reading.js');
const { writing, pairs } = require('./writing.js');
const { descriptorOperations } = require('./descriptors.js');

/** @typedef {import('./packaged-files.js').Context} Context */
/** @typedef {import('./packaged-files.js').OpenFile} OpenFile */
/** @typedef {import('./packaged-files.js').Style} Style */
/** @typedef {(...args: any[]) => any} AnyFunction */
/** @typedef {(args: any[], checked?: boolean) => unknown} Run */

class Server {
  #context;
  /** @type {Record<string, import('./packaged-files.js').Operation>} */ #paths;
  #pairs;
  #descriptors;

  /** @param {Context} context */
  constructor(context) {
    const files = new Files(context);
    const read = reading(files);
    this.#context = context;
    this.#paths = {
      ...read,
      ...writing(files, read),
      watch: (location, args) => require('./watch.js').watch(files, location, args),
      'promises.watch': (location, args) => require('./watch.js').watchLater(files, location, args),
      watchFile: (location, args) => require('./watch.js').watchFile(files, location, args),
      unwatchFile: (location, args) => require('./watch.js').unwatchFile(files, location, args),
    };
    this.#pairs = pairs(files);
    this.#descriptors = descriptorOperations(files);
  }

  /**
   * Serve a function with one path.
   *
   * @param {string} name
   * @param {AnyFunction} original
   * @param {Style} style
   * @param {string} location
   * @param {any[]} args
   */
  path(name, original, style, location, args) {
    const operation = this.#paths[name];
    const run = (/** @type {any[]} */ given, checked = false) =>
      operation(location, given, style, checked);
    const { signal } =
      name === 'readFile' && typeof args[1] === 'object' && args[1] !== null ? args[1] : NO_SIGNAL;
    return deliver(style, original, args, run, signal);
  }

  /**
   * Serve a function with two paths, at least one of them packaged.
   *
   * @param {string} name
   * @param {AnyFunction} original
   * @param {Style} style
   * @param {string | null} from
   * @param {string | null} to
   * @param {any[]} args
   */
  pair(name, original, style, from, to, args) {
    const { paths } = this.#context;
    const operation = this.#pairs[name];
    const plain = (/** @type {any[]} */ ...given) => {
      if (given.length > 1) {
        given[0] = paths.sourceOnDisk(name, given[0]);
        given[1] = paths.onDisk(given[1]);
      }
      return original(...given);
    };
    const run = (/** @type {any[]} */ given) =>
      isPath(given[0]) && isPath(given[1]) ? operation(from, to, given, style) : REFUSED;
    return deliver(style, plain, args, run);
  }

  /**
   * Serve a function with the descriptor of a packaged file.
   *
   * @param {string} name
   * @param {AnyFunction} original
   * @param {Style} style
   * @param {OpenFile} file
   * @param {any[]} args
   */
  descriptor(name, original, style, file, args) {
    const operation = this.#descriptors[name];
    const run = (/** @type {any[]} */ given) => operation(file, given, style);
    if (name !== 'read' && name !== 'readv') return deliver(style, original, args, run);
    if (style === 'sync') {
      const result = run(args);
      return result === REFUSED ? original(...args) : /** @type {any} */ (result).count;
    }
    // The callbacks of these receive a count and the buffer.
    const at = args.findIndex(isFunction);
    const callback = args[at];
    const counted = [...args];
    if (at >= 0) {
      counted[at] = (/** @type {Error | null} */ error, /** @type {any} */ read) =>
        error ? callback(error, 0, args[1]) : callback(null, read.count, read.filled);
    }
    return deliver(style, () => original(...args), counted, run);
  }

  /**
   * Serve `readFile` or `open` of another path while packaged files are open.
   *
   * @param {string} name
   * @param {AnyFunction} original
   * @param {Style} style
   * @param {any[]} args
   */
  opening(name, original, style, args) {
    const { descriptors, paths } = this.#context;
    if (name === 'readFile') {
      const file = descriptors.get(args[0]);
      if (file !== undefined && style !== 'promise') {
        return this.descriptor(name, original, style, file, args);
      }
      if (style === 'promise' && require('./file-handle.js').isHandle(args[0])) {
        return args[0].readFile(args[1]);
      }
    }
    args[0] = paths.onDisk(args[0]);
    const result = original(...args);
    // If the number belonged to a packaged file, native code has closed that.
    if (name === 'open') descriptors.delete(result);
    return result;
  }

  /**
   * Serve a path on the disk that concerns the package.
   *
   * @param {string} name
   * @param {AnyFunction} original
   * @param {Style} style
   * @param {any[]} args
   */
  onDisk(name, original, style, args) {
    const { paths } = this.#context;
    const { readdir, realpath } = require('./mounts-and-root.js');
    const [given] = args;
    if (name.startsWith('realpath') && paths.isMounted(given)) {
      return realpath(paths, original, args, style);
    }
    args[0] = paths.onDisk(given);
    const isRoot = args[0] === given || args[0] === paths.path.parse(args[0]).root;
    return name === 'readdir' && isRoot ? readdir(paths, original, args, style) : original(...args);
  }
}

const NO_SIGNAL = { signal: undefined };

/**
 * @param {Style} style
 * @param {AnyFunction} original
 * @param {any[]} args
 * @param {Run} run
 * @param {AbortSignal} [signal] if it is aborted meanwhile, Node's own function rejects the call
 */
function deliver(style, original, args, run, signal) {
  if (style === 'promise') return deliverPromise(original, args, run, signal);
  if (style === 'callback') return deliverCallback(original, args, run, signal);
  let result = run(args);
  if (result === UNUSUAL) {
    original(process.execPath, ...args.slice(1));
    result = run(args, true);
  }
  return result === REFUSED ? original(...args) : result;
}

/**
 * @param {AnyFunction} original
 * @param {any[]} args
 * @param {Run} run
 * @param {AbortSignal} [signal]
 */
async function deliverPromise(original, args, run, signal) {
  let result;
  try {
    result = run(args);
    if (result === UNUSUAL) {
      await original(process.execPath, ...args.slice(1));
      result = run(args, true);
    }
  } catch (error) {
    await turn();
    throw error;
  }
  if (result === REFUSED) return original(...args);
  await turn();
  return signal?.aborted ? original(...args) : result;
}

/**
 * @param {AnyFunction} original
 * @param {any[]} args
 * @param {Run} run
 * @param {AbortSignal} [signal]
 */
function deliverCallback(original, args, run, signal) {
  const at = args.findIndex(isFunction);
  if (at < 1) return original(...args);
  const callback = args[at];
  let result;
  try {
    result = run(args.slice(0, at));
  } catch (error) {
    setImmediate(() => callback(error));
    return undefined;
  }
  if (result === REFUSED) return original(...args);
  if (result === UNUSUAL) {
    const answered = (/** @type {Error | null} */ error) =>
      error
        ? callback(error)
        : deliverCallback(original, args, (given) => run(given, true), signal);
    return original(process.execPath, ...args.slice(1, at), answered);
  }
  if (result instanceof Promise) {
    // By setImmediate, so that an exception in the callback does not become a rejection.
    result.then(
      () => setImmediate(() => callback(null)),
      (error) => setImmediate(() => callback(error)),
    );
    return undefined;
  }
  setImmediate(() => {
    if (signal?.aborted) original(...args);
    else if (result === undefined) callback(null);
    else callback(null, result);
  });
  return undefined;
}

function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}

/** @param {unknown} value @returns {value is AnyFunction} */
function isFunction(value) {
  return typeof value === 'function';
}

/** @param {unknown} path @returns {boolean} whether Node accepts it as a path */
function isPath(path) {
  if (typeof path === 'string') return !path.includes('\0');
  return path instanceof Uint8Array
    ? !path.includes(0)
    : path instanceof URL && path.protocol === 'file:';
}

module.exports = { Server };

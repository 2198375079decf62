'use strict';

/**
 * FileHandles of packaged files: Node's own, of the null device, with those methods replaced that
 * access the file. So streams, `readLines`, `close`, disposal and `instanceof` are Node's.
 */

const { systemError } = require('./system-errors.js');
const { parseOptions } = require('./arguments.js');
const { planHandle, readInto, readInEach, readRest, isBufferList } = require('./descriptors.js');

/** @typedef {import('./packaged-files.js').Files} Files */
/** @typedef {import('./packaged-files.js').OpenFile} OpenFile */

/** @type {WeakMap<object, OpenFile>} */
const opened = new WeakMap();

/** @type {object | undefined} */
let prototype;

/**
 * @param {Files} files
 * @param {OpenFile} file
 * @returns {Promise<import('node:fs/promises').FileHandle>}
 */
async function openHandle(files, file) {
  const handle = await files.realPromises.open(files.placeholder, 'r');
  prototype ??= derive(files, Object.getPrototypeOf(handle));
  Object.setPrototypeOf(handle, /** @type {object} */ (prototype));
  opened.set(handle, file);
  const { fd } = handle;
  files.descriptors.set(fd, file);
  handle.once('close', () => files.descriptors.delete(fd));
  return handle;
}

/** @param {unknown} value @returns {boolean} whether it is a FileHandle of a packaged file */
function isHandle(value) {
  return typeof value === 'object' && value !== null && opened.has(value);
}

/**
 * @param {Files} files
 * @param {any} base FileHandle.prototype
 * @returns {object}
 */
function derive(files, base) {
  const { descriptors } = files;
  /**
   * @param {string} name
   * @param {(file: OpenFile, ...args: any[]) => unknown} serve returns NODES_OWN to call Node's own
   *   method
   */
  const method = (name, serve) => ({
    /** @this {any} @param {any[]} args */
    async [name](...args) {
      const file = opened.get(this);
      // The handle is closed or in another thread: Node's own method throws.
      if (file === undefined || descriptors.get(this.fd) !== file) {
        return base[name].apply(this, args);
      }
      const answer = serve(file, ...args);
      if (answer === NODES_OWN) return base[name].apply(this, args);
      await new Promise((resolve) => setImmediate(resolve));
      return answer;
    },
  });
  /** @param {string} syscall */
  const refuse = (syscall) => () => {
    throw systemError('EROFS', syscall);
  };
  const methods = {
    ...method('read', (file, ...args) => {
      const plan = planHandle(args);
      if (plan === null) return NODES_OWN;
      return { __proto__: null, bytesRead: readInto(files, file, plan), buffer: plan.buffer };
    }),
    ...method('readv', (file, buffers, position) => {
      if (!isBufferList(buffers)) return NODES_OWN;
      return { __proto__: null, bytesRead: readInEach(files, file, buffers, position), buffers };
    }),
    ...method('readFile', (file, given) => {
      const options = parseOptions(given);
      if (options === null || options.signal?.aborted) return NODES_OWN;
      return readRest(files, file, options);
    }),
    ...method('stat', (file, options) => files.stats.stats(file.index, options?.bigint === true)),
    ...method('sync', () => undefined),
    ...method('datasync', () => undefined),
    ...method('chmod', refuse('fchmod')),
    ...method('chown', refuse('fchown')),
    ...method('utimes', refuse('futime')),
  };
  // Node 20 reads the descriptor itself, but calls `read` if the type is bytes.
  if (process.version.startsWith('v20.')) {
    Object.assign(methods, {
      /** @this {any} @param {object} [options] */
      readableWebStream(options) {
        return base.readableWebStream.call(this, { ...options, type: 'bytes' });
      },
    });
  }
  const descriptions = Object.getOwnPropertyDescriptors(methods);
  for (const [name, description] of Object.entries(descriptions)) {
    description.enumerable = false;
    Object.defineProperty(description.value, 'length', { value: base[name].length });
  }
  return Object.create(base, descriptions);
}

const NODES_OWN = Symbol("Node's own");

module.exports = { openHandle, isHandle };

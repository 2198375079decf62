'use strict';

/**
 * Installs the runtime in worker threads. The file of a worker may be packaged, and any worker may
 * use packaged files.
 *
 * Module hooks and replaced functions belong to one thread. So a worker starts with a one-line
 * script (`eval: true`) that loads the same runtime from the same memory (worker-start.js). That
 * runs the file, URL or source text that the program has given.
 */

const path = require('node:path');
const { fileURLToPath } = require('node:url');
const workerThreads = require('node:worker_threads');
const { preloadsIn, withoutPreloads } = require('./child-environment.js');
const { splitText, joinWords } = require('./node-options.js');
const { inherited } = require('./preloads.js');
const { shareDirectory } = require('./working-directory.js');

/**
 * @typedef {import('../snapshot.js').Snapshot} Snapshot
 *
 * What a worker runs.
 * @typedef {{kind: 'file' | 'data' | 'code', text: string}} Script
 *
 * Node's options that the worker does not start with: what it loads first, its `process.execArgv`,
 * and its NODE_OPTIONS.
 * @typedef {{preloads: import('./preloads.js').Preloads, execArgv?: string[],
 *   nodeOptions?: string}} GivenOptions
 *
 * @typedef {Script & GivenOptions & {flags?: import('../bytecode/code-caches.js').FlagState}} Task
 */

/**
 * @param {Snapshot} snapshot
 * @param {string} loaderSource text of the function that creates the loader
 */
function install(snapshot, loaderSource) {
  const { Worker } = workerThreads;

  class PackagedWorker extends Worker {
    /**
     * @param {string | URL} filename
     * @param {import('node:worker_threads').WorkerOptions} [options]
     */
    constructor(filename, options) {
      const task = taskOf(snapshot, filename, options);
      if (task === null) super(filename, options);
      else {
        shareDirectory(snapshot);
        const flags = snapshot.bytecode?.flags;
        const { given, own } = nodeOptionsOf(snapshot, options);
        super(script(loaderSource, { ...task, ...given, flags }), {
          ...options,
          ...own,
          eval: true,
        });
      }
    }
  }

  Object.defineProperty(PackagedWorker, 'name', { value: 'Worker', configurable: true });
  workerThreads.Worker = PackagedWorker;
}

/**
 * Separate Node's options of a worker. Node would load the scripts of `--require` before the
 * runtime is installed, so worker-start.js loads them. A worker inherits Node's options unless it
 * has its own; then the option that bytecode needs is added.
 *
 * @param {Snapshot} snapshot
 * @param {import('node:worker_threads').WorkerOptions | undefined} options
 * @returns {{given: GivenOptions, own: import('node:worker_threads').WorkerOptions}} what
 *   worker-start.js interprets, and what Node does
 */
function nodeOptionsOf(snapshot, options) {
  const { execArgv } = options ?? {};
  const env = typeof options?.env === 'object' ? options.env : undefined;
  const hasOwn = Array.isArray(execArgv);
  const { NODE_OPTIONS } = env ?? (hasOwn ? process.env : {});
  /** @type {GivenOptions} */
  const given = { preloads: { ...inherited.preloads }, execArgv: inherited.execArgv };
  /** @type {import('node:worker_threads').WorkerOptions} */
  const own = {};
  if (hasOwn) {
    const words = execArgv.map(String);
    own.execArgv = withoutPreloads(words);
    given.preloads = preloadsIn(words);
    given.execArgv = words;
    if (snapshot.bytecode?.takesOption) own.execArgv.unshift('--experimental-vm-modules');
  }
  if (NODE_OPTIONS !== undefined) {
    const words = splitText(NODE_OPTIONS);
    const { requires, imports } = preloadsIn(words);
    if (requires.length + imports.length !== 0) {
      own.env = { ...(env ?? process.env), NODE_OPTIONS: joinWords(withoutPreloads(words)) };
      given.nodeOptions = NODE_OPTIONS;
      given.preloads.requires = [...requires, ...given.preloads.requires];
      given.preloads.imports = [...imports, ...given.preloads.imports];
    }
  }
  return { given, own };
}

/**
 * @param {string} loaderSource
 * @param {Task} task
 * @returns {string}
 */
function script(loaderSource, task) {
  const load = `${loaderSource}((id) => process.getBuiltinModule(id))`;
  return `${load}('processes/worker-start.js').startWorker(${JSON.stringify(loaderSource)}, ${JSON.stringify(task)})`;
}

/**
 * @param {Snapshot} snapshot
 * @param {unknown} filename
 * @param {import('node:worker_threads').WorkerOptions | undefined} options
 * @returns {Script | null} null: Node itself rejects it
 */
function taskOf(snapshot, filename, options) {
  if (options?.eval) return typeof filename === 'string' ? { kind: 'code', text: filename } : null;
  if (filename instanceof URL) {
    if (filename.protocol === 'data:') return { kind: 'data', text: filename.href };
    return filename.protocol === 'file:' ? { kind: 'file', text: fileURLToPath(filename) } : null;
  }
  if (typeof filename !== 'string') return null;
  if (path.isAbsolute(filename)) return { kind: 'file', text: filename };
  if (!/^\.\.?[\\/]/.test(filename)) return null;
  return { kind: 'file', text: snapshot.fromWorkingDirectory(filename) };
}

module.exports = { install };

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

/**
 * @typedef {import('../snapshot.js').Snapshot} Snapshot
 *
 * What a worker runs.
 * @typedef {{kind: 'file' | 'data' | 'code', text: string, workingDirectory?: string,
 *   flags?: import('../bytecode/code-caches.js').FlagState}} Task
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
        const { workingDirectory } = snapshot.paths;
        const flags = snapshot.bytecode?.flags;
        super(script(loaderSource, { ...task, workingDirectory, flags }), {
          ...options,
          ...ownOptions(snapshot, options),
          eval: true,
        });
      }
    }
  }

  Object.defineProperty(PackagedWorker, 'name', { value: 'Worker', configurable: true });
  workerThreads.Worker = PackagedWorker;
}

/**
 * A worker inherits Node's options unless it has its own. Then the option that bytecode needs is
 * added.
 *
 * @param {Snapshot} snapshot
 * @param {import('node:worker_threads').WorkerOptions | undefined} options
 * @returns {import('node:worker_threads').WorkerOptions}
 */
function ownOptions(snapshot, options) {
  const given = options?.execArgv;
  if (!snapshot.bytecode?.takesOption || !Array.isArray(given)) return {};
  return { execArgv: ['--experimental-vm-modules', ...given] };
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
 * @returns {Task | null} null: Node itself rejects it
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

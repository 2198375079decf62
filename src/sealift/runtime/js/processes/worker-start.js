'use strict';

/** Starts a worker thread; workers.js explains how. */

const Module = require('node:module');
const { setEvalSource } = require('../node-internals.js');
const { installRuntime } = require('../start.js');
const { evaluate, importFrom } = require('../modules/evaluate.js');
const { hasModuleSyntax } = require('../modules/formats.js');
const { inherited, preload } = require('./preloads.js');
const { shareDirectory } = require('./working-directory.js');

/**
 * Globals that Node defines for the script of workers.js. In plain Node a worker does not have
 * them.
 */
const EVAL_GLOBALS = ['module', 'exports', 'require', '__filename', '__dirname'];

/**
 * @param {string} loaderSource
 * @param {import('./workers.js').Task} task
 */
function startWorker(loaderSource, task) {
  const { kind, text, flags, preloads, execArgv, nodeOptions } = task;
  const { snapshot, announce } = installRuntime(loaderSource);
  shareDirectory(snapshot);
  if (flags !== undefined && snapshot.bytecode !== undefined) snapshot.bytecode.flags = flags;
  if (execArgv !== undefined) process.execArgv = execArgv;
  Object.assign(inherited, { preloads, execArgv });
  if (nodeOptions !== undefined) process.env.NODE_OPTIONS = nodeOptions;
  const inputType = process.execArgv.findLast((argument) => argument.startsWith('--input-type='));
  if (kind === 'code') {
    setEvalSource(text);
    const isModule =
      inputType === undefined ? hasModuleSyntax(text) : inputType.endsWith('=module');
    // As in Node, a CommonJS text is run without the imports.
    preload(snapshot, isModule ? preloads : { ...preloads, imports: [] }, () =>
      evaluate({ code: text, name: '[worker eval]', isModule }),
    );
    return;
  }
  for (const name of EVAL_GLOBALS) {
    delete (/** @type {Record<string, unknown>} */ (globalThis)[name]);
  }
  setEvalSource(undefined);
  if (process.argv[1] === '[worker eval]') process.argv.splice(1, 1);
  if (kind === 'data') {
    preload(snapshot, preloads, () => importFrom(text));
    return;
  }
  process.argv.splice(1, 0, text);
  announce(text);
  // Later, because Node would add the line of that script to the stack of an error.
  process.nextTick(() => preload(snapshot, preloads, () => Module.runMain(text)));
}

module.exports = { startWorker };

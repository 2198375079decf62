'use strict';

/** Starts a worker thread; workers.js explains how. */

const Module = require('node:module');
const { setEvalSource } = require('../node-internals.js');
const { installRuntime } = require('../start.js');
const { evaluate, importFromHere } = require('../modules/evaluate.js');

/**
 * Globals that Node defines for the script of workers.js. In plain Node a worker does not have
 * them.
 */
const EVAL_GLOBALS = ['module', 'exports', 'require', '__filename', '__dirname'];

/**
 * @param {string} loaderSource
 * @param {import('./workers.js').Task} task
 */
function startWorker(loaderSource, { kind, text, workingDirectory, flags }) {
  const { snapshot, announce } = installRuntime(loaderSource);
  snapshot.paths.workingDirectory = workingDirectory;
  if (flags !== undefined && snapshot.bytecode !== undefined) snapshot.bytecode.flags = flags;
  const inputType = process.execArgv.findLast((argument) => argument.startsWith('--input-type='));
  if (kind === 'code') {
    setEvalSource(text);
    const isModule = inputType === undefined ? undefined : inputType.endsWith('=module');
    evaluate({ code: text, name: '[worker eval]', isModule });
    return;
  }
  for (const name of EVAL_GLOBALS) {
    delete (/** @type {Record<string, unknown>} */ (globalThis)[name]);
  }
  setEvalSource(undefined);
  if (process.argv[1] === '[worker eval]') process.argv.splice(1, 1);
  if (kind === 'data') {
    importFromHere(text);
    return;
  }
  process.argv.splice(1, 0, text);
  announce(text);
  // Later, because Node would add the line of that script to the stack of an error.
  process.nextTick(() => Module.runMain(text));
}

module.exports = { startWorker };

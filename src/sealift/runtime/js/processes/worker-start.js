'use strict';

/**
 * Starts a worker thread: see processes/workers.js.
 */

const Module = require('node:module');
const { installRuntime } = require('../start.js');
const { evaluate, importFromHere } = require('../modules/evaluate.js');

/** What Node defines for the small script and the program would not see otherwise. */
const LEFT_BY_EVAL = ['module', 'exports', 'require', '__filename', '__dirname'];

/**
 * @param {string} loaderSource
 * @param {import('./workers.js').Task} task
 */
function startWorker(loaderSource, { kind, text, flags }) {
  const { snapshot, announce } = installRuntime(loaderSource);
  if (flags !== undefined && snapshot.bytecode !== undefined) snapshot.bytecode.flags = flags;
  const inputType = process.execArgv.findLast((argument) => argument.startsWith('--input-type='));
  if (kind === 'code') {
    Object.defineProperty(process, '_eval', { value: text, configurable: true, enumerable: true });
    const isModule = inputType === undefined ? undefined : inputType.endsWith('=module');
    evaluate({ code: text, name: '[worker eval]', isModule });
    return;
  }
  for (const name of LEFT_BY_EVAL)
    delete (/** @type {Record<string, unknown>} */ (globalThis)[name]);
  delete (/** @type {{_eval?: string}} */ (process)._eval);
  if (process.argv[1] === '[worker eval]') process.argv.splice(1, 1);
  if (kind === 'data') {
    importFromHere(text);
    return;
  }
  process.argv.splice(1, 0, text);
  announce(text);
  // Not within the small script, as Node would add that one's line to an error's stack.
  process.nextTick(() => Module.runMain(text));
}

module.exports = { startWorker };

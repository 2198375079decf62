#!/usr/bin/env node
'use strict';
// Where stack traces point to: file, line and column of every frame, in scripts and modules.
const path = require('node:path');
const { Worker } = require('node:worker_threads');

const { deep } = require('./lib/deep.js');

function places(error) {
  const frames = error.stack.split('\n').filter((line) => /[\\/](main|deep|first|crlf|module|worker)\.m?js:/.test(line));
  return frames.map((line) => line.replace(/^\s+at /, '').replace(/\(?(file:)?[^()]*[\\/]/, '('));
}

function show(what, call) {
  try {
    call();
  } catch (error) {
    console.log(what, error.message, places(error));
  }
}

console.log(require.main === module, require.main.filename === __filename, __filename.endsWith('main.js'));
show('deep', () => deep(3)); show('same line', () => { null.value; });
show('first line', () => require('./lib/first.js')());
show('Windows lines', () => require('./lib/crlf.js').thrower());
show('evaluated', () => eval('(function inner() { throw new Error("in eval"); })()'));
const sites = (() => {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (_, list) => list.map((site) => [site.getFunctionName(), site.getLineNumber(), site.getColumnNumber()]);
  try {
    return (function named() { return new Error('sites').stack; })();
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
})();
console.log(sites.slice(0, 2));
import('./lib/module.mjs').then(async ({ thrower, later }) => {
  show('module', thrower);
  await later().catch((error) => console.log('rejected', places(error)));
  const worker = new Worker(path.join(__dirname, 'lib', 'worker.js'), { workerData: 42 });
  let said; // printed at the end: which of the events comes first is chance
  worker.on('message', (message) => { said = message; });
  worker.on('error', (error) => console.log('worker failed', error.message, places(error)));
  worker.on('exit', () => {
    console.log('worker', said);
    process.exitCode = 3;
  });
});

'use strict';

const { isMainThread, Worker } = require('node:worker_threads');

const { execArgv, argv, env, title } = process;
const options = execArgv.map((argument) => argument.replace(/.*[\\/]/, ''));
console.log(globalThis.loaded, options, argv.slice(2), env.NODE_OPTIONS?.length > 0);
if (argv.includes('title')) console.log(title, Error.stackTraceLimit);
if (argv.includes('worker')) new Worker(__filename, { argv: isMainThread ? ['inner'] : [] });

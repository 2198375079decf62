import { parentPort, workerData } from 'node:worker_threads';
import l from './lib.js';
await 0;
parentPort.postMessage([workerData, l.lib, process.execArgv, import.meta.main, process.argv.slice(2)]);

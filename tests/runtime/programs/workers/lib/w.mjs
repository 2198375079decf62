import { parentPort, workerData } from 'worker_threads';
import { name } from './a.js';
parentPort.postMessage([workerData, import.meta.url, import.meta.main, name, await 1, process.argv.slice(1)]);

import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

import double from './lib/double.js';

const text = readFileSync(new URL('lib/double.js', import.meta.url), 'utf8');
parentPort.postMessage(`${double.double(workerData)} ${text.split('\n').length} lines`);

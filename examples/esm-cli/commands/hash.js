import { Worker } from 'node:worker_threads';

/** Hashes a text in a worker thread whose script is packaged too. */
export default function define(command) {
  command.description('hash a text in a worker thread').argument('<text>').action(hash);
}

async function hash(text) {
  const worker = new Worker(new URL('../data/hash-worker.js', import.meta.url), {
    workerData: text,
  });
  const digest = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  console.log(digest);
}

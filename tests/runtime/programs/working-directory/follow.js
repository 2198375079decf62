const fs = require('fs');
const { parentPort, Worker, workerData } = require('worker_threads');

if (workerData === 'inner') parentPort.postMessage(process.cwd());
else {
  parentPort.on('message', () => {
    new Worker(__filename, { workerData: 'inner' }).on('message', (inner) =>
      parentPort.postMessage({ cwd: process.cwd(), inner, found: fs.existsSync('m.js') }),
    );
  });
}

const { parentPort, workerData, threadId } = require('worker_threads');
parentPort.postMessage([workerData, require('./lib').lib, process.execArgv, require.main === module, __filename.split('/').pop()]);

require('worker_threads').workerData.port.postMessage('through the port');

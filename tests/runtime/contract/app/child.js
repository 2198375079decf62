const file = __filename; process.send ? process.send([file, process.pkg]) : require('worker_threads').parentPort.postMessage([file, process.pkg.entrypoint]);

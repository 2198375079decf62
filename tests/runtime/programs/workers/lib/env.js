process.env.FROM_WORKER = 'yes'; require('worker_threads').parentPort.postMessage([process.env.OWN, process.env.PATH === undefined, process.env.PKG_EXECPATH]);

require('worker_threads').parentPort.postMessage(require('worker_threads').resourceLimits.maxOldGenerationSizeMb);

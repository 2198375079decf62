process.send([require('cluster').isWorker, process.env.NUMBER, process.argv.slice(1)]);

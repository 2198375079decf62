'use strict';
const { isMainThread, parentPort, workerData } = require('node:worker_threads');

const { deep } = require('./deep.js');

class Task {
  #number = workerData;

  run = async () => `${isMainThread} ${require.main === module} ${this.#number}`;
}

new Task().run().then((done) => {
  parentPort.postMessage(done);
  deep(0);
});

'use strict';
const { readdirSync } = require('node:fs');
const { isMainThread, parentPort, workerData } = require('node:worker_threads');
const { double } = require('./lib/double');

parentPort.postMessage(`${double(workerData)} ${isMainThread} ${readdirSync(__dirname + '/lib')}`);

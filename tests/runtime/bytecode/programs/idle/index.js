'use strict';
// Functions that are not called for many garbage collections; V8 would throw their bytecode away.
const { PerformanceObserver, constants } = require('node:perf_hooks');
const { later, kinds } = require('./later.js');
const modules = require('./module.mjs');
const { Worker, isMainThread } = require('node:worker_threads');

const WANTED = 12;
let collections = 0;
const observer = new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries()) {
    if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) collections += 1;
  }
});
observer.observe({ entryTypes: ['gc'] });

let kept = [];
function churn() {
  for (let i = 0; i < 250; i += 1) kept.push(new Array(20_000).fill(i));
  kept = [];
  if (collections < WANTED) return void setTimeout(churn, 1);
  observer.disconnect();
  console.log(isMainThread, later(20), new (require('./later.js').Later)(2).doubled());
  console.log(require('./later.js').all(), modules.default());
  kinds.promised().then(console.log);
  require('node:https');
  if (isMainThread) new Worker(__filename);
}
churn();

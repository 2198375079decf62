const v8 = require('v8'); const { fork } = require('child_process'); const { Worker } = require('worker_threads'); const path=require('path');
v8.setFlagsFromString('--allow-natives-syntax'); console.log(require('./a').x);
v8.setFlagsFromString('--expose-gc'); console.log(require('./b').x, typeof require('vm').runInNewContext('gc'));
new Worker(path.join(__dirname,'w.js'),{execArgv:[]}).on('exit',(c)=>{ console.log('worker', c);
fork(path.join(__dirname,'c.js'),{execArgv:['--expose-gc','--no-opt','--max-lazy','--max-old-space-size=300']}).on('exit',(c)=>console.log('child',c)); });

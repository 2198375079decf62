try { process.chdir('/'); } catch (error) { console.log(error.code); }
require('worker_threads').parentPort.postMessage({ cwd: process.cwd(), text: require('fs').readFileSync('a.txt', 'utf8') });

'use strict';
// Every way to start another thread or process of the same program, one line each.
const { execFileSync, fork, spawn, spawnSync } = require('node:child_process');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { Worker } = require('node:worker_threads');

const script = path.join(__dirname, 'child.js');

function threaded(file, options) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: 20, ...options });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

function forked() {
  return new Promise((resolve, reject) => {
    const child = fork(script, ['forked']);
    let answer;
    child.once('message', (message) => {
      answer = message;
      child.disconnect();
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve(`${answer} exit ${code}`));
  });
}

function spawned(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (data) => (said += data));
    child.once('error', reject);
    child.once('close', (code) => resolve(`${said.trim()} exit ${code}`));
  });
}

async function main() {
  console.log('worker by path:', await threaded(path.join(__dirname, 'worker.js')));
  console.log('worker by URL:', await threaded(pathToFileURL(path.join(__dirname, 'worker.js'))));
  console.log('module worker:', await threaded(new URL('worker.mjs', pathToFileURL(__filename))));
  console.log(
    'eval worker:',
    await threaded(
      "const t = require('worker_threads'); t.parentPort.postMessage(t.workerData * 4)",
      { eval: true },
    ),
  );
  if (process.argv.includes('--threads-only')) return;
  console.log('fork:', await forked());
  console.log('spawn:', await spawned(process.execPath, [script, 'spawned']));
  console.log('spawn -e:', await spawned(process.execPath, ['-e', 'console.log(6 * 7)']));
  console.log('spawn -p:', await spawned(process.execPath, ['-p', '6 * 9']));
  const done = spawnSync(process.execPath, [script, 'sync'], { encoding: 'utf8' });
  console.log('spawnSync:', done.stdout.trim(), 'exit', done.status);
  const text = execFileSync(process.execPath, [path.join(__dirname, 'child.mjs'), 'module'], {
    encoding: 'utf8',
  });
  console.log('execFileSync:', text.trim());
  const piped = spawnSync(process.execPath, ['-'], { encoding: 'utf8', input: 'console.log(1 + 1)' });
  console.log('stdin:', piped.stdout.trim(), 'exit', piped.status);
}

main();

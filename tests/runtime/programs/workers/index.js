const { Worker, isMainThread, SHARE_ENV, MessageChannel, threadId } = require('worker_threads');
const path = require('path');
const { pathToFileURL } = require('url');
if (!isMainThread) {
  const { parentPort, workerData } = require('worker_threads');
  parentPort.postMessage(['self', __filename, require.main === module, process.argv.slice(1), workerData, require('./lib/a').name]);
  return;
}
const run = (name, make) => new Promise((resolve) => {
  const lines = [];
  let worker;
  try { worker = make(); } catch (error) { console.log(name, 'throws', error.code, error.message); return resolve(); }
  worker.on('message', (message) => lines.push(['message', message]));
  worker.on('error', (error) => lines.push(['error', error.name, error.code, String(error.message).split('\n')[0], error.code ? '' : String(error.stack).split('\n').slice(1, 2)]));
  worker.on('exit', (code) => { console.log(name, JSON.stringify([...lines, code]).replaceAll(process.cwd(), '.')); resolve(); });
});
const at = (name) => path.join(__dirname, name);
(async () => {
  await run('itself', () => new Worker(__filename, { workerData: { a: [1] }, argv: ['x', '--y'] }));
  await run('path', () => new Worker(at('lib/w.js'), { workerData: 1, name: 'named' }));
  await run('URL', () => new Worker(pathToFileURL(at('lib/w.js'))));
  await run('module', () => new Worker(at('lib/w.mjs'), { workerData: { m: 1 } }));
  await run('module URL', () => new Worker(pathToFileURL(at('lib/w.mjs')), { argv: [1] }));
  await run('eval', () => new Worker(`const { parentPort, workerData } = require('worker_threads'); parentPort.postMessage([__filename, __dirname, module.id, process.argv.slice(1), workerData, typeof require, require(${JSON.stringify(at('lib/a.js'))}).name, this === globalThis]);`, { eval: true, workerData: 'd', argv: ['z'] }));
  await run('eval import', () => new Worker(`import(${JSON.stringify(pathToFileURL(at('lib/e.mjs')).href)}).then((m) => require('worker_threads').parentPort.postMessage(m.default))`, { eval: true }));
  await run('eval module', () => new Worker(`import { parentPort } from 'node:worker_threads'; import e from ${JSON.stringify(pathToFileURL(at('lib/e.mjs')).href)}; parentPort.postMessage([e, await 1]);`, { eval: true }));
  await run('eval throws', () => new Worker(`\nthrow new RangeError('thrown')`, { eval: true }));
  await run('eval syntax', () => new Worker(`const a = ;`, { eval: true }));
  await run('data URL', () => new Worker(new URL(`data:text/javascript,import { parentPort } from 'node:worker_threads'; import e from ${JSON.stringify(pathToFileURL(at('lib/e.mjs')).href)}; parentPort.postMessage(e);`)));
  await run('disk', () => new Worker(path.resolve('plugin.js')));
  await run('disk, relative', () => new Worker('./plugin.js'));
  await run('disk needs packaged', () => new Worker(`require('fs').writeFileSync('w.js', 'require("worker_threads").parentPort.postMessage(require(' + JSON.stringify(${JSON.stringify(at('lib/a.js'))}) + ').name)'); `, { eval: true }));
  await run('disk with packaged', () => new Worker(path.resolve('w.js')));
  await run('throws', () => new Worker(at('lib/throws.js')));
  await run('exits', () => new Worker(at('lib/exits.js')));
  await run('gone', () => new Worker(at('lib/gone.js')));
  await run('rejects', () => new Worker(at('lib/rejects.mjs')));
  await run('nested', () => new Worker(at('lib/nested.js')));
  await run('share env', () => new Worker(at('lib/env.js'), { env: SHARE_ENV }));
  console.log('shared', process.env.FROM_WORKER);
  await run('own env', () => new Worker(at('lib/env.js'), { env: { OWN: 'x' } }));
  await run('limits', () => new Worker(at('lib/limits.js'), { resourceLimits: { maxOldGenerationSizeMb: 32 } }));
  await run('execArgv', () => new Worker(at('lib/w.js'), { execArgv: ['--no-warnings'] }));
  await run('stdin', () => { const worker = new Worker(at('lib/stdin.js'), { stdin: true, stdout: true }); worker.stdout.on('data', (chunk) => console.log('stdout', String(chunk))); worker.stdin.end('in'); return worker; });
  const { port1, port2 } = new MessageChannel();
  const received = new Promise((resolve) => port1.on('message', (message) => { port1.close(); resolve(message); }));
  await run('transfer', () => new Worker(at('lib/port.js'), { workerData: { port: port2 }, transferList: [port2] }));
  console.log('port', await received);
  await run('bad', () => new Worker('w.js'));
  await run('bad', () => new Worker(5));
  await run('bad', () => new Worker(new URL('https://example.org/w.js')));
  await run('bad', () => new Worker(new URL('data:,x'), { eval: true }));
  await run('bad', () => new Worker(at('lib/w.js'), { execArgv: ['--expose-gc'] }));
  console.log('class', Worker.name, new Worker('0', { eval: true }) instanceof Worker, threadId);
})();

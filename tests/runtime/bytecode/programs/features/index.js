'use strict';
const { Worker, isMainThread, parentPort, workerData, threadId } = require('worker_threads');
const { fork, spawnSync, execFileSync } = require('child_process');
const fs = require('fs'), vm = require('vm'), path = require('path');
const log = (...a) => console.log(...a);
// eval and Function
let local = 5; log(eval('local + 1'), new Function('a', 'return a * 2')(4), (0, eval)('typeof local'));
log(vm.runInNewContext('a + 1', { a: 2 }), new vm.Script('1+2').runInThisContext(), vm.compileFunction('return x', ['x'])(3));
try { vm.runInThisContext('throw new Error("vm")', 'x.vm'); } catch (e) { log(e.stack.split('\n')[1]); }
class A { #p = 1; static #count = 0; static { A.#count = 7; } get p() { return this.#p; } set p(v) { this.#p = v; } static count() { return A.#count; } has(o) { return #p in o; } static async *gen() { yield* [1, 2]; } accessor = 3; ['comp' + 1]() { return 1; } }
class B extends A { constructor() { super(); this.q = super.p; } get [Symbol.toStringTag]() { return 'Bee'; } }
const b = new B(); b.p = 9; log(b.p, A.count(), b.has(b), b.has({}), Object.prototype.toString.call(b), b.comp1(), b.accessor, b.q);
function tag(s, ...v) { return s.raw.join('|') + v.join(',') + (tag.seen === s); }
for (let i = 0; i < 2; i++) { const f = () => { const r = ((s, ...v) => { const same = tag.seen === s; tag.seen = s; return s.raw[0] + v + same; })`a\n${i}b`; return r; }; log(f()); }
log('2024-01-02'.match(/(?<y>\d{4})-(?<m>\d\d)/u).groups.y, /\p{Lu}/u.test('É'), [...'a1b2'.matchAll(/[a-z](\d)/g)].map((m) => m[1]), /(?<=a)b/.test('ab'), /[\p{L}--[a-z]]/v.test('A'));
log({ a: 1, b: { c: [1, 2, { d: 3n }] } }, 0x1fffffffffffffn, 1e400, -0, .1 + .2, 'é😀\u2028');
const big = [/* elements */ ...Array.from({ length: 3 }, (_, i) => i), 'x', null, , undefined]; log(big, [1.5, 2.5, 3.5], [1, , 3], { __proto__: null, x: 1 });
const p = new Proxy({}, { get: (t, k) => `prop ${String(k)}`, has: () => true }); log(p.foo, 'z' in p);
label: for (const i of [1, 2, 3]) { for (const j of [1, 2]) { if (j === 2) continue label; if (i === 3) break label; log(i, j); } }
const { x = 1, ...rest } = { y: 2, z: 3 }; log(x, rest, null ?? 'd', undefined?.a?.b); let q = null; q ??= 4; q ||= 5; q &&= 6; log(q, 2 ** 10);
function* g() { try { const r = yield 1; log('got', r); yield* (function* () { yield 2; })(); } finally { log('fin'); } } const it = g(); log(it.next(), it.next('v'), it.return(5));
switch (3) { case 1: log(1); default: log('def'); case 2: log(2); }
var hoisted = typeof later; function later() {} log(hoisted, typeof tdz === 'undefined' ? 'no' : 'yes'); var tdz;
try { (() => { undefinedVariable; })(); } catch (e) { log(e.message, e.stack.split('\n')[1].trim()); }
try { JSON.parse('{'); } catch (e) { log(e.name); }
log([3, 1, 2].toSorted(), Object.groupBy?.([1, 2, 3], (v) => v % 2 ? "odd" : "even"), new Error('c', { cause: 'z' }).cause, structuredClone(new Map([[1, { a: 1 }]])));
function deep(n) { return n === 0 ? new Error('deep').stack.split('\n').length : deep(n - 1); } log(deep(30));
function f1() { return f2(); } function f2() { return new Error('where').stack.split('\n').slice(1, 4).map((s) => s.trim()); } log(f1());
log(arguments.length, typeof require, typeof exports, this === exports);
with_sloppy(); function with_sloppy() { const f = new Function('o', 'with (o) { return a }'); log(f({ a: 'with' })); }
const wr = new WeakRef({}); log(typeof wr.deref()); log(Symbol.for('s').description, [..."ab"].entries().next());
Error.prepareStackTrace = (e, s) => s[0].getFileName() + ':' + s[0].getLineNumber() + ':' + s[0].getColumnNumber() + ' ' + s[0].getFunctionName(); log((function named() { return new Error('x').stack; })()); Error.prepareStackTrace = undefined;
log(fs.statSync(__filename).size > 100, fs.existsSync(path.join(__dirname, 'worker.js')));
async function main() {
  for await (const v of A.gen()) log(v);
  try { await (async () => { await null; throw new Error('async'); })(); } catch (e) { log(e.stack.split('\n')[1].trim()); }
  await new Promise((done) => { const w = new Worker(path.join(__dirname, 'worker.js'), { workerData: 5 }); w.on('message', (m) => log('worker', m)).on('exit', (c) => { log('w exit', c); done(); }); });
  await new Promise((done) => { const w = new Worker(path.join(__dirname, 'worker.mjs'), { workerData: 6, execArgv: ['--no-deprecation'], argv: ['x'] }); w.on('message', (m) => log('worker', m)).on('exit', (c) => { log('w exit', c); done(); }); });
  await new Promise((done) => { new Worker(`const {parentPort}=require('worker_threads');parentPort.postMessage(require(${JSON.stringify(__dirname + '/lib.js')}).lib)`, { eval: true }).on('message', log).on('exit', done); });
  await new Promise((done) => { const c = fork(path.join(__dirname, 'child.js'), ['a1']); c.on('message', (m) => log('child', m)).on('exit', (c) => { log('c exit', c); done(); }); });
  log(execFileSync(process.execPath, [path.join(__dirname, 'child.mjs'), 'zz']).toString());
  log(spawnSync(process.execPath, ['-p', '1+1']).stdout.toString());
  process.emitWarning('own warning'); process.emitWarning('own exp', 'ExperimentalWarning');
  log((await import('./lib.js')).lib, (await import(`./li${'b'}.js`)).default);
  const { default: json } = await import('./d.json', { with: { type: 'json' } }); log(json);
  setTimeout(() => { const o = {}; try { o.missing.x; } catch (e) { log(e.message); } }, 1);
  process.on('uncaughtException', (e) => log('uncaught', e.message)); setTimeout(() => { throw new Error('late'); }, 5);
}
main();

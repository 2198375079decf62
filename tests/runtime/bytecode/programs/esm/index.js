#!/usr/bin/env node
import { count, inc } from './live.js';
import * as self from './index.js';
import cjs, { named, viaGetter } from 'cjsdep';
import * as cjsNs from 'cjsdep';
import { value } from 'tladep';
import dual from 'dual';
import { createRequire } from 'node:module';
import { x } from '#x';
import './cycle-a.js';
import { parseArgs } from 'util';
import process from 'process';
import * as star from './star.js';
const require = createRequire(import.meta.url);
console.log(count); inc(); console.log(count);
console.log(cjs, named, viaGetter, Object.keys(cjsNs), value, Object.keys(dual), x);
console.log(require("dual") === dual);
console.log(import.meta.main, import.meta.url, import.meta.filename, import.meta.dirname, import.meta.resolve('./live.js'), import.meta.resolve('cjsdep'), import.meta.resolve('fs'));
export const answer = 42;
export default () => 1;
const first = import('./x-late.js').then(() => console.log('then'));
console.log('goes on');
await first;
const dyn = await import('./live.js');
console.log(dyn.count, dyn === (await import('./live.js')), dyn === (await import('./live.js?query')));
const fs1 = await import('fs'); const fs2 = await import('node:fs'); console.log(fs1 === fs2);
try { await import('./missing.js'); } catch (e) { console.log(e.code, e.message.split('\n')[0]); }
try { await import('nopackage'); } catch (e) { console.log(e.code, e.message.split('\n')[0]); }
try { await import('./throws.js'); } catch (e) { console.log(e.message, e.stack.split('\n')[1]); }
try { await import('./throws.js'); } catch (e) { console.log(e.message, e.stack.split('\n')[1]); }
try { await import('./badimport.js'); } catch (e) { console.log(e.name, e.message); }
try { await import('./data.json'); } catch (e) { console.log(e.code, e.message); }
console.log((await import('./data.json', { with: { type: 'json' } })).default, Object.keys(star));
try { import.meta.resolve('nopackage') } catch (e) { console.log(e.code, e.message.split('\n')[0]); }
console.log(await eval("import('./live.js')") === dyn);
console.log((await import('data:text/javascript,export default 5')).default);
console.log(typeof parseArgs, process.argv.length, require.cache[require.resolve('cjsdep')]?.exports === cjs);
try { require('tladep') } catch (e) { console.log(e.code) }
console.log(this, typeof arguments, typeof require('./live.js').count);
async function* gen() { yield 1; yield* [2, 3]; }
for await (const v of gen()) console.log(v);
console.log(await Promise.all([import('./slow.js'), import('./slow.js')]).then(([a, b]) => a === b));
process.on('exit', (c) => console.log('exit', c));

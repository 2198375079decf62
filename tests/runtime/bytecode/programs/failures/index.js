import fs, { existsSync } from 'fs';
import { syncBuiltinESMExports } from 'node:module';
const [, , which] = process.argv;
process.on('exit', (code) => console.log('exit', code));
if (which === 'handled') {
  fs.existsSync = () => 'patched';
  syncBuiltinESMExports();
  console.log(existsSync('x'));
  for (const [specifier, type] of [['./bad.json', 'json'], ['./index.js', 'css'], ['./index.js', 'json']]) {
    try {
      await import(specifier, { with: { type } });
    } catch (error) {
      console.log(error.name, error.code, error.message);
    }
  }
}
if (which === 'throws') throw new TypeError('at the top');
if (which === 'rejects') Promise.reject(new Error('rejected'));
if (which === 'dependency') await import('./fails.js');
if (which === 'code') process.exitCode = 3;
if (which === 'unsettled') await new Promise(() => {});

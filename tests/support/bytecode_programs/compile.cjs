// Compiles the files that jobs.json lists: [{ source, cache, lazy }, ...], paths relative to here. What
// is no CommonJS is compiled as an ES module; what is neither gets no cache.
'use strict';
const fs = require('node:fs');
const v8 = require('node:v8');
const vm = require('node:vm');

v8.setFlagsFromString('--no-flush-bytecode');
// The seed that this process was started with stays, but is not to be among the flags that V8
// compares when it loads the caches.
v8.setFlagsFromString('--hash-seed=0');

const script = (text, filename) =>
  new vm.Script(`(function (exports, require, module, __filename, __dirname) { ${text}\n})`, {
    filename,
  });
const module_ = (text, identifier) => new vm.SourceTextModule(text, { identifier });

for (const { source, cache, lazy } of JSON.parse(fs.readFileSync('jobs.json', 'utf8'))) {
  const text = fs.readFileSync(source, 'utf8').replace(/^#!.*/, '');
  for (const compile of source.endsWith('.mjs') ? [module_] : [script, module_]) {
    try {
      // What V8 compiles as asm.js it makes no cache of.
      v8.setFlagsFromString('--no-validate-asm');
      v8.setFlagsFromString(lazy ? '--lazy' : '--no-lazy');
      const compiled = compile(text, source);
      v8.setFlagsFromString('--validate-asm');
      fs.writeFileSync(cache, compiled.createCachedData());
      break;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
}

// Compiles the files that jobs.json lists: [{ source, cache }, ...], paths relative to here. Files
// that are no CommonJS (or, named .mjs, no ES module) get no cache.
'use strict';
const fs = require('node:fs');
const v8 = require('node:v8');
const vm = require('node:vm');

v8.setFlagsFromString('--no-lazy');
v8.setFlagsFromString('--no-flush-bytecode');
// The seed that this process was started with stays, but is not to be among the flags that V8
// compares when it loads the caches.
v8.setFlagsFromString('--hash-seed=0');
for (const { source, cache } of JSON.parse(fs.readFileSync('jobs.json', 'utf8'))) {
  const text = fs.readFileSync(source, 'utf8').replace(/^#!.*/, '');
  try {
    const compiled = source.endsWith('.mjs')
      ? new vm.SourceTextModule(text, { identifier: source })
      : new vm.Script(
          `(function (exports, require, module, __filename, __dirname) { ${text}\n})`,
          { filename: source },
        );
    fs.writeFileSync(cache, compiled.createCachedData());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
}

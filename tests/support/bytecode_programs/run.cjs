// Runs a cache against a source of nothing but zero-width spaces: run.cjs CACHE LENGTH NAME
'use strict';
const fs = require('node:fs');
const v8 = require('node:v8');
const vm = require('node:vm');

const [cache, length, filename] = process.argv.slice(2);
v8.setFlagsFromString('--no-lazy');
v8.setFlagsFromString('--no-flush-bytecode');
const source = '\u200b'.repeat(Number(length));
const cachedData = fs.readFileSync(cache);
if (filename.endsWith('.mjs')) {
  const compiled = new vm.SourceTextModule(source, { identifier: filename, cachedData });
  compiled
    .link((specifier) => {
      const names = Object.keys(require(specifier));
      return new vm.SyntheticModule(names, function () {
        for (const name of names) this.setExport(name, require(specifier)[name]);
      });
    })
    .then(() => compiled.evaluate());
} else {
  const script = new vm.Script(source, { filename, cachedData });
  if (script.cachedDataRejected) throw new Error('the cache was rejected');
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, filename, '');
}

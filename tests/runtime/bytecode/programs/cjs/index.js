#!/usr/bin/env node
'use strict';
console.log(__filename, __dirname, require.main === module, this === module.exports, module.id);
const a = require('./a');
console.log(a.hello('x'), module.children.map((child) => child.filename).join(), a.parent);
console.log(require.resolve('./a'), Object.keys(require.cache).join(), require.extensions['.js'].length);
for (const use of [require, require.resolve, require.resolve.paths]) {
  try {
    use(5);
  } catch (error) {
    console.log(error.code, error.message.split('\n')[0]);
  }
}
try { a.fail(); } catch (e) { console.log(e.stack.split('\n').slice(0, 3).join('\n')); }
(async () => {
  console.log(await import('./m.mjs'));
  console.log(await import('./a.js'));
  const fs = await import('fs');
  console.log(typeof fs.readFileSync, typeof fs.default.readFileSync);
  console.log(process.execArgv, process.argv.length);
  console.log(require('./n.mjs'), require('./n.mjs') === require('./n.mjs'));
  try { require('./m.mjs'); } catch (error) { console.log(error.code); }
  setTimeout(() => a.fail());
})();

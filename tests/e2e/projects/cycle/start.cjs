'use strict';
// CommonJS and ES modules that need each other, JSON, Wasm, and names that resolve to this package.
const path = require('node:path');

exports.name = 'start';
const { describe } = require('./module.mjs');

console.log(describe());
console.log(require('#shared').count(), require('./shared.cjs').count());
console.log(require('./data.json').list.length, JSON.stringify(require.resolve.paths('./x')).length > 2);
console.log(require.main === module, module.children.length > 0, path.basename(__filename));
import('./late.mjs').then(async (late) => {
  console.log(late.default, await late.add(40, 2));
  try {
    require('./not-there');
  } catch (error) {
    console.log(error.code);
  }
  try {
    await import('not-there-either');
  } catch (error) {
    console.log(error.code);
  }
});

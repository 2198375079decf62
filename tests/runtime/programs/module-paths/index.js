// What `module.paths` has first wins over what the build found in node_modules.
const path = require('node:path');

console.log(require('dep'), require('dep/part'), require('other'));
for (const key of Object.keys(require.cache)) if (key !== __filename) delete require.cache[key];
module.paths.unshift(path.join(__dirname, 'lib'));
console.log(require('dep'), require('dep/part'), require('other'));
console.log(require('./beside'));

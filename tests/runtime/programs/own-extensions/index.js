'use strict';
// Handlers of the program for extensions that Node knows, and for one that it does not.
const fs = require('fs');
const Module = require('module');

Module._extensions['.node'] = Module._extensions['.js'];
console.log(require('./text.node'));

Module._extensions['.node'] = (module, filename) => {
  module.exports = fs.readFileSync(filename, 'utf8').length;
};
delete require.cache[require.resolve('./text.node')];
console.log(require('./text.node'));

require.extensions['.upper'] = (module, filename) => {
  module.exports = fs.readFileSync(filename, 'utf8').toUpperCase();
};
console.log(require('./a.upper'), require('./a'));

'use strict';

// Frames: how many, and of what functions. Below the entry's they are different.
Error.stackTraceLimit = 13;
const shown = (error) => error.stack.replace(/\((?:node|sealift):.*\)/g, '(...)');
console.log(shown(require('./a.js')()));
try {
  require('./throws.js');
} catch (error) {
  console.log(shown(error));
}
Error.stackTraceLimit = 4;
delete require.cache[require.resolve('./throws.js')];
try {
  require('./throws.js');
} catch (error) {
  console.log(shown(error));
}
Error.prepareStackTrace = (error, sites) => sites.map((site) => `${site.getTypeName()} ${site.getLineNumber() > 0}`).join();
console.log(new Error('own').stack);

'use strict';

exports.a = 1;
exports.run = `${typeof require('./third.js').count} runs`;
console.log('other', module.id === __filename, require.main === module);

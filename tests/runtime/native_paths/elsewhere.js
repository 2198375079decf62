'use strict';

// Runs in another process, with a module and a file beside it.

const fs = require('node:fs');
const text = fs.readFileSync(`${__dirname}/data/text.txt`, 'utf8');
console.log(require('./beside.js'), text.length, process.argv.slice(2), global.hook);

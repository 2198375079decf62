'use strict';

/** Ends in the way that the first argument names. */

const fs = require('fs');
const { ways } = require('./ways');

const way = process.argv[2];
process.on('exit', (code) => fs.writeSync(1, `exit ${code} ${process.exitCode}\n`));
ways[way]();
console.log('the main script has ended', way);

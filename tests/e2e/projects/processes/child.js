'use strict';
const { double } = require('./lib/double');

const name = process.argv[2];
if (process.send) process.send(`${name} ${double(21)} ${process.argv.length}`);
else console.log(`${name} ${double(21)} ${process.argv.length} ${require.main === module}`);
process.on('disconnect', () => process.exit(3));

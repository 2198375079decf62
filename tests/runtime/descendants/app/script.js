'use strict';

const { execSync, spawnSync } = require('node:child_process');

console.log('script', process.argv.slice(2), process.env.PKG_EXECPATH);
if (process.argv[2] === 'nested') {
  console.log(`${execSync('prog inner nested; true')}`);
  console.log(`${spawnSync('prog', ['inner', 'again']).stdout}`);
}

'use strict';
const fs = require('fs');
for (const read of [
  () => fs.readFileSync(__filename),
  () => fs.openSync(__filename),
  () => fs.copyFileSync(__filename, '/tmp/never'),
]) {
  try {
    read();
    console.log('read');
  } catch (error) {
    console.log(error.code, error.syscall, error.path, /only as bytecode/.test(error.message));
  }
}
fs.promises.readFile(__filename).catch(({ code }) => console.log(code));
fs.createReadStream(__filename).on('error', ({ code }) => console.log(code));
console.log(fs.statSync(__filename).size > 0, fs.readFileSync(`${__dirname}/d.json`, 'utf8').trim());
console.log(require('./a').hello.toString().trim() === '');

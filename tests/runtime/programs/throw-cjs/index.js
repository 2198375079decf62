process.on('exit', (code) => console.log('exit', code));
function inner() {
  throw new TypeError('not caught');
}
setTimeout(() => require('./lib'), 1);

'use strict';

// Runs each case in turn and prints what it says. With `worker`, all of it in a worker thread; with
// `child`, in a child process. `source` adds the cases that change the source of modules, `exports`
// what only Node's own loader of ES modules does.
const { fork } = require('child_process');
const { Worker, isMainThread } = require('worker_threads');

const words = process.argv.slice(2);
const warnings = [];
process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`));

const cases = [
  require('./cases/cache'),
  require('./cases/relations'),
  require('./cases/circles'),
  require('./cases/errors'),
  require('./cases/missing'),
  require('./cases/resolve'),
  require('./cases/builtins'),
  require('./cases/data'),
  require('./cases/functions'),
  require('./cases/modules'),
  require('./cases/replaced'),
  require('./cases/hooks'),
  require('./cases/channel'),
];
if (words.includes('source')) cases.push(require('./cases/source'));

async function run() {
  for (const { name, run: act } of cases) {
    const say = (...values) => console.log(name, ...values);
    try {
      await act(say, words);
    } catch (error) {
      say('threw', error.name, error.code, error.message.split('\n')[0]);
    }
  }
  await new Promise((resolve) => setImmediate(resolve));
  for (const warning of warnings) console.log(warning);
  const inner = Object.keys(require.cache).map((path) => path.slice(__dirname.length));
  console.log('loaded', inner.join(' '));
}

const rest = words.slice(1);
if (isMainThread && words[0] === 'worker') new Worker(__filename, { argv: rest });
else if (words[0] === 'child') fork(__filename, rest);
else run();

'use strict';

// Packaged files that the options of workers and children name.

const { ChildProcess, exec, fork, spawn, spawnSync } = require('node:child_process');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { Worker } = require('node:worker_threads');

const script = path.join(__dirname, 'script.js');
const required = path.join(__dirname, 'required.js');
const imported = pathToFileURL(path.join(__dirname, 'imported.mjs')).href;
const stdio = 'inherit';
const nodeOptions = (value, more = {}) => ({ ...process.env, NODE_OPTIONS: value, ...more });

const both = ['--require', required, '--import', imported];
const quoted = `--require "${required}" --import=${imported}`;
const node = process.execPath;

const starts = {
  'worker --require': () => new Worker(script, { execArgv: ['--require', required] }),
  'worker -r and --import': () => new Worker(script, { execArgv: ['-r', required, ...both] }),
  'worker NODE_OPTIONS': () => new Worker(script, { env: nodeOptions(quoted) }),
  'worker both': () => new Worker(script, { env: nodeOptions(quoted), execArgv: both }),
  'worker eval': () => new Worker("require('./script.js')", { eval: true, execArgv: both }),
  'worker of a worker': () => new Worker(script, { argv: ['worker'], execArgv: both }),
  'fork --require': () => fork(script, { execArgv: [`--require=${required}`] }),
  'fork --import': () => fork(script, ['x'], { execArgv: ['--import', imported] }),
  'fork NODE_OPTIONS': () => fork(script, { env: nodeOptions(quoted) }),
  'fork both': () => fork(script, ['worker'], { env: nodeOptions(quoted), execArgv: both }),
  'spawn execPath': () => spawn(node, [...both, script, 'worker'], { stdio }),
  'spawn NODE_OPTIONS': () => spawn('node', [script], { stdio, env: nodeOptions(quoted) }),
  'spawn shell': () => spawn(`node ${both.join(' ')} ${script}`, { stdio, shell: true }),
  'spawn sh': () => spawn('sh', ['-c', `node ${script} x`], { stdio, env: nodeOptions(quoted) }),
  'spawn -p': () =>
    spawn(node, ['-p', 'globalThis.loaded'], { stdio, env: nodeOptions(`-r ${required}`) }),
  'spawn --title': () =>
    exec(`node --title=titled --stack-trace-limit=3 ${script} title`, (_, stdout) =>
      process.stdout.write(stdout),
    ),
  'another node': () =>
    spawn('env', ['node', '-p', 'globalThis.loaded'], { stdio, env: nodeOptions(quoted) }),
  'another node, later': () =>
    spawnSync('env', ['node', '-p', 'globalThis.loaded'], { stdio, env: nodeOptions(quoted) }),
  'another node, NODE_PATH': () =>
    spawn('env', ['node', '-p', 'globalThis.loaded'], {
      stdio,
      env: nodeOptions('--require required.js', { NODE_PATH: __dirname }),
    }),
  'added last': () => {
    const { spawn: start } = ChildProcess.prototype;
    ChildProcess.prototype.spawn = function (options) {
      ChildProcess.prototype.spawn = start;
      options.envPairs.push(`NODE_OPTIONS=--require ${required}`);
      return start.call(this, options);
    };
    return spawn(node, ['--stack-trace-limit=3', '-p', 'globalThis.loaded'], { stdio });
  },
  missing: () =>
    spawn(node, ['--require', path.join(__dirname, 'missing.js'), script], {
      stdio: ['ignore', 'inherit', 'ignore'],
    }),
};

process.chdir(__dirname);
const [first, ...others] = Object.keys(starts);
(function next(name, rest) {
  if (name === undefined) return;
  const child = starts[name]();
  if (child.pid !== undefined && child.on === undefined) {
    console.log(name, child.status);
    return next(rest[0], rest.slice(1));
  }
  child.on('error', (error) => console.log(name, error.message));
  child.on('exit', (code) => {
    console.log(name, code);
    setImmediate(next, ...[rest[0], rest.slice(1)]);
  });
})(first, others);

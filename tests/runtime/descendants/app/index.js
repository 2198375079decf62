'use strict';

// Starts itself through other programs, by its name, and scripts by `process.execPath`.

const { execSync, fork, spawnSync } = require('node:child_process');
const path = require('node:path');

const script = path.join(__dirname, 'script.js');
const node = process.execPath;

/** @param {string} file @param {string[]} args @param {object} [options] */
function show(file, args, options) {
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', ...options });
  console.log(file === node ? 'node' : file, args.length, stdout, stderr);
}

if (process.argv[2] === 'inner') {
  console.log('program', process.argv.slice(3), process.env.PKG_EXECPATH);
} else {
  const [, , tools] = process.argv;
  // The program.
  show('sh', [path.join(tools, 'hook')]);
  show('xargs', ['prog', 'inner'], { input: 'a\nb\n' });
  show('env', ['prog', 'inner']);
  show('prog', ['inner', 'x']);
  show('sh', ['-c', 'prog inner && prog inner 2']);
  console.log(`${execSync('prog inner')}`, `${execSync('echo x | xargs prog inner')}`);
  console.log(`${execSync(`node ${script} a && prog inner b; prog inner c`)}`);
  show('sh', ['-c', `node ${script} | cat; prog inner`]);
  // The program, started by a script.
  show(node, [script, 'nested']);
  console.log(`${execSync(`node ${script} nested`)}`);
  // Scripts, as by Node.
  show('env', [node, script, 'x']);
  show('nice', [node, '-p', '"evaluated"']);
  show('sh', ['-c', '"$NODE" "$1" by-variable', 'sh', script], {
    env: { ...process.env, NODE: node },
  });
  console.log(`${execSync(`nice ${node} ${script} nice`)}`);
  console.log(`${execSync(`true && ${node} ${script} later`)}`);
  fork(script, ['forked']);
}

const task = process.argv[2];
const show = (value) => console.log(JSON.stringify(value));
if (task === 'args') show([process.argv.slice(1), process.execArgv, process.env.PKG_EXECPATH]);
else if (task === 'pkg') show([process.pkg, process.pkg.path.resolve('../x', 'y'), process.versions.pkg, Object.keys(process.versions).includes('pkg')]);
else if (task === 'fresh') {
  const { spawnSync } = require('child_process');
  const env = { ...process.env, PKG_EXECPATH: '' };
  show(spawnSync(process.execPath, ['args', 'x.js'], { encoding: 'utf8', env }).stdout.trim());
} else if (task === 'stored') {
  const attempt = (action) => { try { return action(); } catch (error) { return [error.code, error.message, error.requireStack]; } };
  const dynamic = (text) => import(text).then((found) => found.default, (error) => [error.code, error.message]);
  (async () => show([require('magic'), attempt(() => require('gone')), attempt(() => require('present')), require.resolve('magic'), attempt(() => require('magic' + '')), await dynamic('magic'), await dynamic('gone')]))();
} else if (task === 'missing') require('./not-packaged');
else if (task === 'mount') {
  process.pkg.mount(__dirname + '/plugins', process.argv[3]);
  process.pkg.mount(/^.snapshot.by-pattern/, process.argv[4]);
  const plugin = require('./plugins/plugin');
  import('./plugins/plugin.mjs').then((found) => show([plugin, require('/snapshot/by-pattern/x'), found.default, require('fs').readFileSync(__dirname + '/plugins/data.txt', 'utf8')]));
} else if (task === 'fork') require('child_process').fork('./child.js').on('message', show);
else if (task === 'worker') new (require('worker_threads').Worker)('./child.js').on('message', show);
else show(['entry', task]);

const { execFileSync, execSync, spawnSync, fork } = require('child_process');
const path = require('path');
const { pathToFileURL } = require('url');
const tool = path.join(__dirname, 'bin/tool');
const cli = path.join(__dirname, 'bin', 'cli');
const run = path.join(__dirname, 'node_modules/tool/run');
console.log('program', execFileSync(tool, ['a', 'two words'], { encoding: 'utf8' }));
console.log('again', spawnSync(tool, { encoding: 'utf8' }).stdout);
console.log('beside', execFileSync(run, { encoding: 'utf8' }));
console.log('shell', execSync(`"${tool}" 'x y'`, { encoding: 'utf8' }), execSync(`${run} | tr a-z A-Z`, { encoding: 'utf8' }));
console.log('for node', execFileSync(cli, ['b', '--c'], { encoding: 'utf8' }), execSync(`${cli} d`, { encoding: 'utf8' }));
console.log('gone', spawnSync(path.join(__dirname, 'bin/gone')).error.code);
console.log('cwd', spawnSync(process.execPath, ['worker.js', '1'], { encoding: 'utf8', cwd: __dirname }).stdout);
const next = (...rest) => new Promise((resolve) => fork(...rest).on('exit', resolve));
(async () => {
  console.log(await next('./worker.js', ['2'], { cwd: __dirname }));
  console.log(await next('worker.js', { cwd: pathToFileURL(__dirname) }));
})();

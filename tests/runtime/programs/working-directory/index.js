const { execFileSync, execSync, fork, spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { pathToFileURL } = require('url');
const { promisify } = require('util');
const { Worker } = require('worker_threads');

const text = { encoding: 'utf8' };
const print = (...values) => console.log(JSON.stringify(values));
const start = process.cwd();
const out = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'out-')));

function failure(action) {
  try {
    return action();
  } catch ({ code, syscall, path, dest }) {
    return { code, syscall, path, dest };
  }
}

async function inside() {
  print(process.cwd(), path.resolve('x'), process.cwd.name, pathToFileURL('a.txt').href);
  print(fs.readFileSync('a.txt', 'utf8'), fs.readdirSync('.'), fs.existsSync('./a.txt'), fs.statSync('sub').isDirectory());
  print(fs.realpathSync('.'), fs.realpathSync('sub/..'), fs.realpathSync.native('data'), await fs.promises.realpath('sub'));
  print(await fs.promises.readFile('sub/../a.txt', 'utf8'), await promisify(fs.readFile)(Buffer.from('a.txt'), 'utf8'));
  for await (const chunk of fs.createReadStream('a.txt', 'utf8')) print('stream', chunk);
  for await (const entry of await fs.promises.opendir('data')) print(entry.name);
  if (fs.globSync) print(fs.globSync('**/*.txt').sort());
  print(failure(() => fs.readFileSync('')), failure(() => fs.readFileSync('none')), failure(() => process.chdir('none')));
  print(failure(() => process.chdir('a.txt')), failure(() => process.chdir(3)).code);
  print(require.resolve('./m.js', { paths: [path.resolve('sub')] }), require(path.resolve('sub/m.js')));
  print((await import(pathToFileURL('sub/m.js'))).default);
}

async function children() {
  const told = (...call) => new Promise((resolve) => fork(...call).on('message', resolve));
  print(await told('./child.js', ['x']), await told('child.js', { cwd: path.join(__dirname, 'sub') }));
  print(spawnSync(process.execPath, ['child.js'], text).stdout, execSync('node child.js', text));
  print(execFileSync(process.execPath, ['-p', 'process.cwd()'], text));
  print(execSync('echo shell', { ...text, cwd: __dirname }), execFileSync('echo', ['file'], { ...text, cwd: 'sub' }));
  print(spawnSync('echo', { cwd: path.join(__dirname, 'none') }).error.code);
  print(execFileSync(process.execPath, ['-p', 'process.cwd()'], { ...text, cwd: path.relative('.', start) }).trim() === start);
  print(await new Promise((resolve, reject) => new Worker('./worker.js').on('message', resolve).on('error', reject)));
}

/** A worker has the working directory of the process, whenever that changes. */
async function follow() {
  const worker = new Worker(path.join(__dirname, 'follow.js'));
  const asked = () => new Promise((resolve) => worker.once('message', resolve).postMessage('ask'));
  print(await asked());
  for (const directory of [path.join(__dirname, 'sub'), out, __dirname]) {
    process.chdir(directory);
    const { cwd, inner, found } = await asked();
    print(cwd === out || cwd, inner === out || inner, found);
  }
  await worker.terminate();
}

/** Relative paths that lead to the disk. */
async function outside() {
  const to = path.relative('.', out);
  const at = (name) => path.join(to, name);
  fs.writeFileSync(at('w'), 'written');
  fs.symlinkSync('w', at('link'));
  print(fs.readFileSync(path.join(out, 'link'), 'utf8'), fs.readlinkSync(at('link')), fs.realpathSync(at('link')) === path.join(out, 'w'));
  fs.copyFileSync('a.txt', at('a'));
  fs.cpSync('data', at('1'), { recursive: true });
  fs.cpSync(at('1'), at('2'), { recursive: true });
  await fs.promises.cp(at('2'), at('3'), { recursive: true });
  await promisify(fs.cp)(at('3'), at('4'), { recursive: true });
  await fs.promises.rename(at('w'), at('renamed'));
  print(fs.readdirSync(to).sort(), fs.readdirSync(at('4')), fs.readdirSync(path.join(out, '2')));
}

(async () => {
  process.chdir(__dirname);
  await inside();
  await children();
  await follow();
  await outside();
  process.chdir('sub');
  print(process.cwd(), fs.readdirSync('..'));
  process.chdir(out);
  print(process.cwd() === out, fs.existsSync('a'), path.resolve('.') === out);
  process.chdir(start);
  fs.rmSync(out, { recursive: true });
  print(process.cwd() === start);
})();

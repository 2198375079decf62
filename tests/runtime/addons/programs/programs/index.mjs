import { exec, execFile, execFileSync, execSync, spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

const program = createRequire(import.meta.url).resolve('@esbuild/linux-x64/bin/esbuild');
const text = { encoding: 'utf8' };
const spawned = () =>
  new Promise((resolve, reject) => {
    let said = '';
    const child = spawn(program, ['--version']).on('error', reject).on('close', () => resolve(said));
    child.stdout.on('data', (data) => (said += data));
  });

const answers = {
  spawn: await spawned(),
  spawnSync: spawnSync(program, ['--version'], text).stdout,
  execFile: (await promisify(execFile)(program, ['--version'])).stdout,
  execFileSync: execFileSync(program, ['--version'], text),
  packagedDirectory: execFileSync(program, ['--version'], { ...text, cwd: import.meta.dirname }),
  exec: (await promisify(exec)(`"${program}" --version`)).stdout,
  execSync: execSync(`${program} --version`, text),
  shell: spawnSync(`${program} --version`, { ...text, shell: true }).stdout,
  child: spawnSync(process.execPath, ['-p', `child_process.execFileSync(${JSON.stringify(program)}, ['--version']).toString().trim()`], text).stdout,
  path: program,
};
console.log(JSON.stringify(answers));

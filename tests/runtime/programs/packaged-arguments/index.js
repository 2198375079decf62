const { execFileSync, execSync, spawnSync } = require('child_process');
const path = require('path');

const at = (name) => path.join(__dirname, name);
const [script, tools, text, child] = ['tools/run.sh', 'tools', 'with space/a.txt', 'child.js'].map(at);
const options = { encoding: 'utf8' };

const cases = {
  array: () => execFileSync('sh', [script, 'array'], options),
  word: () => execSync(`sh ${script} word`, options),
  directory: () => execSync(`cd ${tools} && ls sub && sh run.sh directory`, options),
  quoted: () => execSync(`cat "${text}" | tr a-z A-Z; cat < '${text}'`, options),
  space: () => execFileSync('cat', [text, at('tools/sub/link.txt')], options),
  assigned: () => execSync(`FILE=${script} sh -c 'tail -1 $FILE'`, options),
  option: () => execFileSync('sh', ['-c', `sh ${script} "$1"`, '_', 'option'], options),
  shell: () => spawnSync(`sh ${script} shell`, { ...options, shell: true }).stdout,
  program: () => execFileSync('xargs', ['-n1', 'sh', script], { ...options, input: 'program' }),
  packaged: () => execFileSync(script, ['packaged'], options),
  working: () => spawnSync('sh', ['run.sh', 'working'], { ...options, cwd: tools }).stdout,
  node: () => execSync(`node ${child} ${script}`, options),
  itself: () => execFileSync(process.execPath, [child, script], options),
  other: () => execSync(`echo '${script} is text' "${script}/none" tools`, options),
};
for (const [name, run] of Object.entries(cases)) console.log(name, run().trim());
process.chdir(tools);
console.log(execSync('sh ./run.sh relative; sh run.sh again', options));

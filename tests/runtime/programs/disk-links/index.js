/** Links on the disk to packaged packages, directories and files; modules there that use them. */
const { execFileSync } = require('child_process');
const fs = require('fs');
const { createRequire, registerHooks } = require('module');
const os = require('os');
const path = require('path');
const { pathToFileURL } = require('url');

const out = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'out-')));
const at = (...names) => path.join(out, ...names);
const print = (...values) => console.log(JSON.stringify(values).replaceAll(out, 'OUT'));
const linked = path.join(__dirname, 'node_modules', 'linked');

function failure(action) {
  try {
    return action();
  } catch ({ code, syscall, path, dest }) {
    return { code, syscall, path, dest };
  }
}

/** A project on the disk whose modules need the linked package. */
function write(project) {
  fs.mkdirSync(at(project, 'node_modules', '@scope'), { recursive: true });
  fs.writeFileSync(at(project, 'required.cjs'), "module.exports = [require('linked'), require('linked/extra')]");
  fs.writeFileSync(at(project, 'imported.mjs'), "export * from 'linked'; export { default } from 'linked/extra'");
  fs.writeFileSync(at(project, 'scoped.cjs'), "module.exports = require('@scope/name')");
  fs.writeFileSync(at(project, 'missing.cjs'), "require('linked/none')");
  fs.writeFileSync(at(project, 'missing.mjs'), "import 'linked/none'");
}

async function use(project) {
  const required = require(at(project, 'required.cjs'));
  print(required, required[0] === require('linked'));
  const imported = await import(pathToFileURL(at(project, 'imported.mjs')));
  print(imported, imported.same === (await import('linked')).same);
  for (const name of ['missing.cjs', 'missing.mjs']) {
    print(await import(pathToFileURL(at(project, name))).catch(({ code }) => code));
  }
  const from = createRequire(at(project, 'x.js'));
  print(from.resolve('linked'), from.resolve('linked/extra'), require.resolve('linked', { paths: [at(project)] }));
}

async function modules() {
  write('sync');
  fs.symlinkSync(linked, at('sync/node_modules/linked'), 'junction');
  fs.symlinkSync(linked, at('sync/node_modules/@scope/name'), 'dir');
  await use('sync');
  print(require(at('sync/scoped.cjs')));
  const file = at('sync/node_modules/linked/lib/extra.js');
  print(require(file), (await import(pathToFileURL(file))).default, require(at('sync/node_modules/linked')));

  write('callback');
  await new Promise((resolve) => fs.symlink(linked, at('callback/node_modules/linked'), resolve));
  await use('callback');

  write('promise');
  fs.rmdirSync(at('promise/node_modules/@scope'));
  fs.rmdirSync(at('promise/node_modules'));
  await fs.promises.symlink(path.dirname(linked), at('promise/node_modules'));
  await use('promise');
}

/** Nearer packages on the disk come first, and a link is followed only while it is there. */
async function order() {
  write('near');
  const own = at('near/inside/node_modules/linked');
  fs.mkdirSync(own, { recursive: true });
  fs.writeFileSync(path.join(own, 'index.js'), "module.exports = 'near'");
  fs.writeFileSync(at('near/inside/a.cjs'), "module.exports = require('linked')");
  fs.writeFileSync(at('near/inside/a.mjs'), "export { default } from 'linked'");
  fs.symlinkSync(linked, at('near/node_modules/linked'));
  print(require(at('near/inside/a.cjs')), (await import(pathToFileURL(at('near/inside/a.mjs')))).default);

  const link = at('near/node_modules/linked');
  print(fs.existsSync(link), fs.statSync(link).isDirectory());
  fs.unlinkSync(link);
  print(fs.existsSync(link), failure(() => fs.statSync(link)), failure(() => createRequire(link).resolve('linked')).code);
  fs.mkdirSync(link);
  fs.writeFileSync(path.join(link, 'index.js'), "module.exports = 'own'");
  print(fs.readdirSync(link), createRequire(at('near/x.js'))('linked'));
}

async function files() {
  const link = at('link');
  fs.symlinkSync(linked, link);
  fs.symlinkSync(path.join(linked, 'texts', 'data.txt'), at('data'));
  print(fs.lstatSync(link).isSymbolicLink(), fs.readlinkSync(link), fs.realpathSync(link), fs.realpathSync.native(link));
  print(fs.readdirSync(link), fs.readdirSync(out).includes('link'), fs.lstatSync(link + '/').isDirectory());
  print(fs.readFileSync(at('data'), 'utf8'), fs.readFileSync(at('link/texts/data.txt'), 'utf8'), fs.existsSync(at('link/none')));
  print(await fs.promises.readFile(at('link/../link/texts/data.txt'), 'utf8'), (await fs.promises.lstat(at('data'))).isSymbolicLink());
  print(failure(() => fs.symlinkSync(linked, link)), failure(() => fs.readFileSync(at('link/none'))));
  const before = process.cwd();
  process.chdir(out);
  print(fs.readFileSync('data', 'utf8'), fs.readFileSync('./link/texts/data.txt', 'utf8'), fs.readdirSync('link/lib'));
  process.chdir(before);
  fs.cpSync(link + '/texts', at('copied'), { recursive: true });
  print(fs.readdirSync(at('copied')), execFileSync('cat', [at('link/texts/data.txt')], { encoding: 'utf8' }));
  fs.renameSync(link, at('moved'));
  print(fs.existsSync(link), fs.existsSync(at('moved')), fs.readFileSync(at('moved/texts/data.txt'), 'utf8'));
  fs.rmSync(at('moved'));
  print(fs.readdirSync(out).sort(), fs.readdirSync(linked));
}

/** Another process, which has not made the links, finds them. */
function others() {
  write('other');
  fs.symlinkSync(linked, at('other/node_modules/linked'));
  const script = at('other/main.js');
  fs.writeFileSync(script, "console.log(JSON.stringify([require('linked'), require.resolve('linked/extra')]))");
  process.stdout.write(execFileSync(process.execPath, [script], { encoding: 'utf8' }));
  if (registerHooks) {
    fs.writeFileSync(at('other/main.mjs'), "import * as all from 'linked'; console.log(JSON.stringify(all))");
    process.stdout.write(execFileSync(process.execPath, [at('other/main.mjs')], { encoding: 'utf8' }));
  }
  const exists = `const fs = require('fs'); const link = ${JSON.stringify(at('other/node_modules/linked'))};
    console.log(fs.existsSync(link), fs.readFileSync(link + '/texts/data.txt', 'utf8'))`;
  process.stdout.write(execFileSync(process.execPath, ['-e', exists], { encoding: 'utf8' }));
}

modules()
  .then(order)
  .then(files)
  .then(others)
  .finally(() => fs.rmSync(out, { recursive: true }));

'use strict';

// What only a packaged program can see. Prints facts as JSON; its argument is a directory on the disk.

const fs = require('node:fs');
const path = require('node:path');

const [, , outside] = process.argv;
const inside = path.join(__dirname, 'plugins');
const attempt = (run) => {
  try {
    return run();
  } catch (error) {
    return { message: error.message, code: error.code, errno: error.errno, syscall: error.syscall, path: error.path };
  }
};

async function main() {
  const facts = {};
  facts.missingFile = attempt(() => fs.readFileSync(path.join(__dirname, 'no/such.txt')));
  facts.missingStat = attempt(() => fs.statSync(path.join(__dirname, 'no')));
  facts.missingDirectory = attempt(() => fs.readdirSync(path.join(__dirname, 'no')));
  facts.missingLater = await fs.promises.readFile(path.join(__dirname, 'no')).catch((error) => error.message);
  facts.mountPoint = [fs.existsSync('/snapshot'), fs.statSync('/snapshot').isDirectory(), fs.readdirSync('/snapshot')];
  facts.root = fs.readdirSync('/').includes('snapshot');
  facts.rootTypes = (await fs.promises.readdir('/', { withFileTypes: true })).find((entry) => entry.name === 'snapshot').isDirectory();
  facts.escapes = ['absolute', 'upwards', 'sideways'].map((name) => attempt(() => fs.readFileSync(path.join(__dirname, 'links', name), 'utf8')).code);
  facts.relative = attempt(() => fs.readFileSync(path.relative(process.cwd(), path.join(__dirname, 'a.txt')), 'utf8'));

  facts.beforeMount = fs.existsSync(path.join(inside, 'one.txt'));
  process.pkg.mount(inside, outside);
  const one = path.join(inside, 'one.txt');
  facts.mounted = {
    read: fs.readFileSync(one, 'utf8'),
    later: await fs.promises.readFile(one, 'utf8'),
    called: await new Promise((resolve) => fs.readFile(one, 'utf8', (error, data) => resolve(data))),
    listed: fs.readdirSync(__dirname).includes('plugins'),
    names: fs.readdirSync(inside).includes('one.txt'),
    real: [fs.realpathSync(one), fs.realpathSync.native(one), await fs.promises.realpath(one)],
    missing: attempt(() => fs.realpathSync(path.join(inside, 'no'))).code,
    stream: (await fs.createReadStream(one).toArray()).join(''),
  };
  fs.writeFileSync(path.join(inside, 'two.txt'), 'two');
  fs.copyFileSync(path.join(__dirname, 'a.txt'), path.join(inside, 'three.txt'));
  fs.renameSync(path.join(inside, 'two.txt'), path.join(inside, 'four.txt'));
  fs.cpSync(path.join(__dirname, 'links'), path.join(inside, 'links'), { recursive: true, filter: (name) => !/\w$/.test(name) || name.endsWith('links') });
  facts.written = fs.readdirSync(outside).sort();
  facts.builtin = process.getBuiltinModule('fs').readFileSync(path.join(__dirname, 'a.txt'), 'utf8');
  const descriptors = Array.from({ length: 2000 }, () => fs.openSync(path.join(__dirname, 'a.txt')));
  descriptors.forEach((fd) => fs.closeSync(fd));
  facts.unused = new Set(descriptors).size;
  process.stdout.write(JSON.stringify(facts));
}

main();

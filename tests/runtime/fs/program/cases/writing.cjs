'use strict';

// What a read-only file system refuses. The tree on the disk is mounted read-only for this.

const fs = require('node:fs');
const promises = require('node:fs/promises');
const { pathToFileURL } = require('node:url');
const { styles, called } = require('../styles.cjs');

const PATHS = [
  'file.txt', 'dir', 'dir/', 'empty-dir', 'link', 'link-to-dir', 'link-to-dir/', 'dangling', 'loop', 'missing', 'missing/', 'missing/x', 'file.txt/x', 'file.txt/', 'link-to-dir/new', 'dangling/x',
];

const CALLS = {
  mkdir: [[], [0o700], [{ mode: 0o700 }]],
  unlink: [[]],
  rmdir: [[]],
  chmod: [[0o644], ['644']],
  chown: [[0, 0]],
  lchown: [[0, 0]],
  utimes: [[1, 1], [new Date(0), new Date(0)], ['1', '1']],
  lutimes: [[1, 1]],
  truncate: [[], [0], [3]],
  writeFile: [['x'], [Buffer.from('x')], ['x', 'utf8'], ['x', { flag: 'wx' }], ['x', { flag: 'a' }], ['x', { flag: 'r+' }]],
  appendFile: [['x'], ['x', { flag: 'ax' }]],
  open: [['w'], ['wx'], ['w+'], ['r+'], ['a'], ['ax'], ['a+'], ['w', 0o600], [fs.constants.O_WRONLY], [fs.constants.O_RDWR | fs.constants.O_CREAT], [fs.constants.O_TRUNC]],
  access: [[2], [3], [6], [7]],
  mkdtemp: [[], ['buffer']],
  rm: [[], [{ force: true }], [{ recursive: true }]],
};

const PAIRS = ['rename', 'link', 'copyFile'];

module.exports = ({ at, out, add }) => {
  for (const [name, variants] of Object.entries(CALLS)) {
    for (const [style, call] of styles(name)) {
      for (const given of variants) {
        for (const path of PATHS) {
          add(`${name} ${style} ${JSON.stringify(given)} ${path}`, () => call(at(path), ...given));
        }
      }
      add(`${name} ${style} Buffer`, () => call(Buffer.from(at('file.txt')), ...variants[0]));
      add(`${name} ${style} URL`, () => call(pathToFileURL(at('file.txt')), ...variants[0]));
    }
  }
  for (const [style, call] of styles('mkdir')) {
    for (const path of ['', 'dir', 'dir/', 'dir/sub', 'link-to-dir', 'file.txt', 'file.txt/x', 'dir/missing', 'missing/x', 'loop']) {
      add(`mkdir -p ${style} ${path}`, () => call(at(path), { recursive: true }));
    }
  }
  for (const name of PAIRS) {
    for (const [style, call] of styles(name)) {
      for (const from of ['file.txt', 'dir', 'link', 'dangling', 'missing', 'missing/x', 'file.txt/x']) {
        for (const to of ['file.txt', 'dir', 'link', 'dangling', 'new', 'missing/x', 'file.txt/x']) {
          add(`${name} ${style} ${from} ${to}`, () => call(at(from), at(to)));
        }
      }
      add(`${name} ${style} Buffer URL`, () => call(Buffer.from(at('file.txt')), pathToFileURL(at('new'))));
    }
  }
  for (const [style, call] of styles('copyFile')) {
    for (const to of ['file.txt', 'dir', 'new', 'dangling', 'missing/x']) {
      add(`copyFile EXCL ${style} ${to}`, () => call(at('file.txt'), at(to), fs.constants.COPYFILE_EXCL));
      add(`copyFile ${style} from the disk to ${to}`, () => {
        fs.writeFileSync(`${out}/mine`, 'mine');
        return call(`${out}/mine`, at(to));
      });
    }
    add(`copyFile ${style} of what is not on the disk`, () => call(`${out}/nothing`, at('new')));
  }
  for (const [style, call] of styles('symlink')) {
    for (const to of ['file.txt', 'dir', 'dangling', 'new', 'missing/x', 'file.txt/x']) {
      add(`symlink ${style} ${to}`, () => call('anything', at(to)));
    }
    add(`symlink ${style} to the package`, () => {
      fs.rmSync(`${out}/pointer`, { force: true });
      return Promise.resolve(call(at('file.txt'), `${out}/pointer`)).then(() => fs.readlinkSync(`${out}/pointer`));
    });
  }
  for (const [style, call] of styles('rename')) {
    for (const to of ['file.txt', 'new']) {
      add(`rename ${style} into ${to}`, () => {
        fs.writeFileSync(`${out}/mine`, 'mine');
        const renaming = Promise.resolve().then(() => call(`${out}/mine`, at(to)));
        // The disk says EXDEV; a package says at once that it cannot be done by copying either.
        return renaming.catch(({ code, path, dest, syscall }) => [['EROFS', 'EXDEV'].includes(code), path, dest, syscall]);
      });
    }
  }
  for (const [style, call] of styles('link')) {
    add(`link ${style} out of the package`, () => call(at('file.txt'), `${out}/hard-link`));
    add(`link ${style} of a missing file out of the package`, () => call(at('missing'), `${out}/hard-link`));
  }
  for (const [name, ...given] of [['fchmod', 0o644], ['fchown', 0, 0], ['futimes', 1, 1]]) {
    const opened = (use) => async () => {
      const fd = fs.openSync(at('file.txt'));
      try {
        return await use(fd);
      } finally {
        fs.closeSync(fd);
      }
    };
    add(`${name}Sync`, opened((fd) => fs[`${name}Sync`](fd, ...given)));
    add(name, opened((fd) => called(fs[name])(fd, ...given)));
  }
  for (const [name, ...given] of [['chmod', 0o644], ['chown', 0, 0], ['utimes', 1, 1]]) {
    add(`FileHandle.${name}`, async () => {
      const handle = await promises.open(at('file.txt'));
      try {
        return await handle[name](...given);
      } finally {
        await handle.close();
      }
    });
  }
  for (const path of ['file.txt', 'new', 'dir', 'missing/x']) {
    add(`createWriteStream ${path}`, () =>
      new Promise((resolve, reject) => {
        fs.createWriteStream(at(path)).on('error', reject).on('finish', resolve).end('x');
      }));
  }
};

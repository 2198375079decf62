'use strict';

// Every function that reads a path, in every style, with every kind of path.

const fs = require('node:fs');
const promises = require('node:fs/promises');
const { pathToFileURL } = require('node:url');
const { styles, exists } = require('../styles.cjs');

const PATHS = [
  '', 'file.txt', 'empty', 'dir', 'dir/', 'dir/.', 'dir/..', 'dir/./inner.txt', 'dir//inner.txt',
  'dir/sub/deep.txt', 'dir/../file.txt', 'link', 'link/', 'link/x', 'link-to-dir', 'link-to-dir/',
  'link-to-dir/deep.txt', 'link-to-dir/../inner.txt', 'link-to-dir/../file.txt', 'link-to-dir/../../file.txt',
  'chain-1', 'up/file.txt', 'dangling', 'dangling/x', 'loop', 'loop/x', 'loop-a', 'missing', 'missing/x',
  'missing/../file.txt', 'file.txt/', 'file.txt/.', 'file.txt/..', 'file.txt/x', 'with space.txt',
  'grün-日本.txt', '__proto__', 'constructor/toString', 'tool.sh', 'deep-link',
  ...['', 'missing/', 'file.txt/', 'dir/', 'link-to-dir/'].map((directory) => directory + 'n'.repeat(256)),
  'n'.repeat(255), '日'.repeat(90), './'.repeat(3000) + 'file.txt', 'dir/../'.repeat(700) + 'file.txt', 'x/'.repeat(3000),
];

const CALLS = {
  access: [[], [0], [1], [4], [5]],
  stat: [[], [{ bigint: true }], [{ throwIfNoEntry: false }], [{ bigint: false, throwIfNoEntry: true }]],
  lstat: [[], [{ bigint: true }], [{ throwIfNoEntry: false }]],
  readFile: [[], ['utf8'], [{ encoding: 'base64' }], [{ flag: 'r' }], ['latin1'], [null]],
  readlink: [[], ['buffer'], [{ encoding: 'hex' }]],
  realpath: [[], ['buffer'], [{ encoding: 'latin1' }]],
  'realpath.native': [[], ['buffer']],
  readdir: [[], [{ withFileTypes: true }], ['buffer'], [{ encoding: 'hex' }]],
};

module.exports = ({ at, add }) => {
  for (const [name, variants] of Object.entries(CALLS)) {
    for (const [style, call] of styles(name)) {
      for (const given of variants) {
        for (const path of PATHS) {
          add(`${name} ${style} ${JSON.stringify(given)} ${path}`, () => call(at(path), ...given));
        }
      }
      for (const path of ['file.txt', 'dir', 'link', 'link-to-dir/deep.txt', 'missing', 'file.txt/', 'grün-日本.txt']) {
        add(`${name} ${style} Buffer ${path}`, () => call(Buffer.from(at(path))));
        add(`${name} ${style} URL ${path}`, () => call(pathToFileURL(at(path))));
        // Node itself takes this for numbers separated by commas.
        if (name === 'realpath' && style !== 'promise') continue;
        add(`${name} ${style} Uint8Array ${path}`, () => call(new Uint8Array(Buffer.from(at(path)))));
      }
    }
  }
  for (const path of PATHS) {
    add(`existsSync ${path}`, () => fs.existsSync(at(path)));
    add(`exists ${path}`, () => exists(at(path)));
    add(`existsSync Buffer ${path}`, () => fs.existsSync(Buffer.from(at(path))));
    add(`existsSync URL ${path}`, () => fs.existsSync(pathToFileURL(at(path))));
    add(`openAsBlob ${path}`, async () => {
      const blob = await fs.openAsBlob(at(path), { type: 'text/x' });
      if (!(blob instanceof Blob)) return [blob.name, blob.message];
      if (fs.statSync(at(path)).isDirectory()) return 'a directory';
      return [blob.type, blob.size, await blob.text(), await blob.slice(1, 3).text()];
    });
    for (const [style, call] of styles('open')) {
      const { O_DIRECTORY, O_NOFOLLOW, O_APPEND } = fs.constants;
      for (const flags of new Set([undefined, 'r', 'rs', O_DIRECTORY, O_NOFOLLOW, O_APPEND])) {
        add(`open ${style} ${flags} ${path}`, async () => {
          const opened = await call(at(path), ...(flags === undefined ? [] : [flags]));
          const fd = typeof opened === 'number' ? opened : opened.fd;
          const facts = [typeof opened, Number.isInteger(fd) && fd > 2, fs.fstatSync(fd)];
          await (opened === fd ? fs.closeSync(fd) : opened.close());
          return facts;
        });
      }
    }
    for (const [style, call] of styles('opendir')) {
      add(`opendir ${style} ${path}`, async () => {
        const dir = await call(at(path));
        const names = [];
        for await (const entry of dir) names.push(entry.name);
        return [dir.path, dir instanceof fs.Dir, names.sort()];
      });
    }
    for (const [style, call] of styles('statfs')) {
      for (const bigint of [false, true]) {
        add(`statfs ${style} ${bigint} ${path}`, async () => {
          const found = await call(at(path), { bigint });
          return [found.constructor.name, Object.keys(found), typeof found.blocks];
        });
      }
    }
  }
  for (const path of ['text.txt', 'bom.txt', 'invalid.bin', 'ascii.txt', 'big.bin', 'empty']) {
    for (const encoding of ['utf8', 'utf-8', 'UTF-8', 'utf16le', 'ucs2', 'latin1', 'binary', 'ascii', 'hex', 'base64', 'base64url', null, undefined]) {
      for (const [style, call] of styles('readFile')) {
        add(`contents ${path} ${style} ${encoding}`, async () => {
          const found = await call(at(path), { encoding });
          return typeof found === 'string' ? [found.length, Buffer.from(found)] : found;
        });
      }
    }
  }
  add('readFileSync gives a copy', () => {
    const first = fs.readFileSync(at('file.txt'));
    first.fill(0);
    return fs.readFileSync(at('file.txt'), 'utf8');
  });
  add('same inode by link, other by other file', () => {
    const [one, same, other] = ['file.txt', 'link', 'text.txt'].map((path) => fs.statSync(at(path)));
    return [one.ino === same.ino, one.ino === other.ino, one.dev === other.dev, one.mtimeMs === same.mtimeMs];
  });
  add('readFile: two at once', () => Promise.all([promises.readFile(at('file.txt')), promises.readFile(at('text.txt'), 'utf8')]));
  add('readFile of what is aborted', () => promises.readFile(at('file.txt'), { signal: AbortSignal.abort() }));
  add('readFile aborted in between', () => {
    const controller = new AbortController();
    const reading = promises.readFile(at('file.txt'), { signal: controller.signal });
    controller.abort(new Error('enough'));
    return reading.catch((error) => [error.name, error.code, String(error.cause)]);
  });
  add('readFile with a callback, aborted', () =>
    new Promise((resolve) => {
      fs.readFile(at('file.txt'), { signal: AbortSignal.abort() }, (error) => resolve([error.name, error.code]));
    }));
  add('timers run beside a loop of requests', async () => {
    let over = false;
    setTimeout(() => {
      over = true;
    }, 5);
    while (!over) await promises.access(at('file.txt'));
    return over;
  });
};

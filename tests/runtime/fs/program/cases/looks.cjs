'use strict';

// What the functions look like, and what they say to wrong arguments.

const fs = require('node:fs');
const promises = require('node:fs/promises');
const util = require('node:util');
const { called } = require('../styles.cjs');

const WRONG = {
  undefined, null: null, number: 1.5, object: {}, array: [], true: true, 'null byte': null, 'http URL': new URL('http://x/y'), function: () => 0, symbol: Symbol('x'),
};
const FUNCTIONS = [
  'access', 'stat', 'lstat', 'readFile', 'readlink', 'realpath', 'readdir', 'opendir', 'open', 'mkdir', 'rm', 'rmdir', 'unlink', 'chmod', 'chown', 'lchown', 'utimes', 'lutimes',
  'truncate', 'writeFile', 'appendFile', 'mkdtemp', 'rename', 'copyFile', 'link', 'symlink', 'cp',
];
const WRONG_OPTIONS = [5, true, 'nonsense', Symbol('x'), [], null, { encoding: 'nonsense' }, { encoding: 5 }, { flag: 'q' }, { signal: 5 }, { bigint: 'x' }, { recursive: 'x' }, { mode: 'x' }, { withFileTypes: 1 }];

module.exports = ({ at, add }) => {
  for (const name of Object.keys(fs)) {
    const value = fs[name];
    if (typeof value === 'function') {
      add(`fs.${name}`, () => [value.name, value.length, Reflect.ownKeys(value).map(String).sort(), Object.getOwnPropertyDescriptor(fs, name).enumerable]);
    }
  }
  for (const name of Object.keys(promises)) {
    const value = promises[name];
    if (typeof value === 'function') add(`fs.promises.${name}`, () => [value.name, value.length]);
  }
  add('keys of fs', () => Object.keys(fs));
  add('keys of fs.promises', () => Object.keys(promises));
  add('fs.promises is fs/promises', () => fs.promises === promises && process.getBuiltinModule('fs') === fs && process.getBuiltinModule('node:fs/promises') === promises);
  add('realpath.native', () => [fs.realpath.native.name, fs.realpath.native.length, fs.realpathSync.native.length]);
  add('promisified exists', async () => [await util.promisify(fs.exists)(at('file.txt')), await util.promisify(fs.exists)(at('missing'))]);
  add('imported by name', async () => {
    const named = await import('node:fs');
    const late = await import('fs/promises');
    return [named.readFileSync === fs.readFileSync, named.default === fs, late.readFile === promises.readFile, named.promises === promises, named.readFileSync(at('file.txt'), 'utf8'), await late.readFile(at('file.txt'), 'utf8')];
  });
  add('of a function imported by an ES module', async () => (await import('../named.mjs')).read(at('file.txt')));

  for (const name of FUNCTIONS) {
    for (const [title, wrong] of Object.entries(WRONG)) {
      const path = title === 'null byte' ? at('file\0.txt') : wrong;
      add(`${name}Sync of ${title}`, () => fs[`${name}Sync`](path, path));
      // A function would be taken for the callback.
      if (title !== 'function') add(`${name} of ${title}`, () => called(fs[name])(path, path));
      add(`${name} promise of ${title}`, () => promises[name](path, path));
    }
    for (const [index, options] of WRONG_OPTIONS.entries()) {
      if (['mkdir', 'rm', 'rmdir', 'unlink', 'rename', 'link', 'symlink', 'cp', 'copyFile', 'truncate', 'mkdtemp', 'writeFile', 'appendFile', 'chmod', 'chown', 'lchown', 'utimes', 'lutimes', 'opendir', 'open'].includes(name)) continue;
      const title = `options ${index} ${util.inspect(options)}`;
      add(`${name}Sync ${title}`, () => fs[`${name}Sync`](at('dir'), options));
      add(`${name} ${title}`, () => called(fs[name])(at('dir'), options));
      add(`${name} promise ${title}`, () => promises[name](at('dir'), options));
    }
    add(`${name} without a callback`, () => fs[name](at('file.txt'), at('file.txt')));
    add(`${name} with no arguments`, () => fs[name]());
    add(`${name}Sync with no arguments`, () => fs[`${name}Sync`]());
    add(`${name} promise with no arguments`, () => promises[name]());
  }
  for (const given of [['q'], [5.5], [{}], ['r', 'x'], ['r', -1], ['r', {}], [Symbol('x')]]) {
    const title = util.inspect(given);
    add(`openSync ${title}`, () => fs.openSync(at('file.txt'), ...given));
    add(`open ${title}`, () => called(fs.open)(at('file.txt'), ...given));
    add(`open promise ${title}`, () => promises.open(at('file.txt'), ...given));
  }
  for (const options of [5, 'x', null, { bufferSize: 0 }, { bufferSize: -1 }, { bufferSize: 'x' }, { encoding: 'q' }]) {
    const title = util.inspect(options);
    add(`opendirSync ${title}`, () => fs.opendirSync(at('dir'), options).closeSync());
    // Before 26 a wrong size is thrown where nobody can catch it.
    if (options?.bufferSize !== undefined) continue;
    add(`opendir promise ${title}`, async () => (await promises.opendir(at('dir'), options)).close());
  }
  for (const mode of [-1, 8, 1.5, 'x', {}, 4294967296]) {
    add(`accessSync ${mode}`, () => fs.accessSync(at('file.txt'), mode));
    add(`access ${mode}`, () => called(fs.access)(at('file.txt'), mode));
    add(`access promise ${mode}`, () => promises.access(at('file.txt'), mode));
  }
  for (const options of [5, 'x', null, { type: 5 }]) {
    add(`openAsBlob ${util.inspect(options)}`, async () => (await fs.openAsBlob(at('file.txt'), options)).size);
  }
  for (const [index, options] of [{ buffer: Buffer.alloc(100) }, { buffer: Buffer.alloc(2) }, { buffer: (size) => Buffer.alloc(size + 1) }, { buffer: (size) => Buffer.alloc(size - 1) }, { buffer: 5 }, { buffer: () => 5 }, { buffer: new DataView(new ArrayBuffer(30)) }, { buffer: Buffer.alloc(100), encoding: 'utf8' }].entries()) {
    const title = `${index} ${util.inspect(options).slice(0, 60)} ${options.encoding ?? ''}`;
    add(`readFileSync ${title}`, () => fs.readFileSync(at('file.txt'), options));
    add(`readFile ${title}`, () => called(fs.readFile)(at('file.txt'), options));
    add(`readFile promise ${title}`, () => promises.readFile(at('file.txt'), options));
  }
  add('watchFile and unwatchFile', async () => {
    let calls = 0;
    const listener = () => {
      calls += 1;
    };
    const watcher = fs.watchFile(at('file.txt'), { interval: 10 }, listener);
    await new Promise((resolve) => setTimeout(resolve, 40));
    fs.unwatchFile(at('file.txt'), listener);
    return [calls, watcher.constructor.name];
  });
  add('watchFile of what is missing', () =>
    new Promise((resolve) => {
      fs.watchFile(at('missing'), { interval: 10 }, (current, previous) => {
        fs.unwatchFile(at('missing'));
        resolve([current.ino, current.mode, previous.size, current instanceof fs.Stats]);
      });
    }));
  add('watch', async () => {
    const events = [];
    const watcher = fs.watch(at('dir'), (...args) => events.push(args));
    watcher.on('close', () => events.push('closed'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    watcher.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    return [watcher.constructor.name, events];
  });
  add('watch of what is missing', () => fs.watch(at('missing')));
  add('watch promise, aborted', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    for await (const event of promises.watch(at('dir'), { signal: controller.signal })) return event;
    return 'ended';
  });
};

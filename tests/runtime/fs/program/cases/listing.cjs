'use strict';

// Directories: readdir, opendir, glob.

const fs = require('node:fs');
const promises = require('node:fs/promises');
const { pathToFileURL } = require('node:url');
const { styles, called } = require('../styles.cjs');

module.exports = ({ root, at, add }) => {
  const native = Number.parseInt(process.versions.node, 10) >= 26;
  const options = [];
  for (const withFileTypes of [false, true]) {
    for (const recursive of [false, true]) {
      for (const encoding of [undefined, 'utf8', 'buffer']) options.push({ withFileTypes, recursive, encoding });
    }
  }
  const paths = ['', 'dir', 'dir/', 'dir/../dir', 'empty-dir', 'link-to-dir', 'linked', 'file.txt', 'missing', 'dangling'];
  for (const [style, call] of styles('readdir')) {
    for (const given of options) {
      // Before 26 Node cannot join Buffers and throws where nobody can catch it.
      if (given.recursive && given.encoding === 'buffer' && !native && style === 'callback') continue;
      for (const path of paths) {
        add(`readdir ${style} ${JSON.stringify(given)} ${path}`, () => call(at(path), given));
      }
      if (given.recursive && !native && style === 'callback') continue;
      add(`readdir ${style} ${JSON.stringify(given)} Buffer`, () => call(Buffer.from(at('dir')), given));
      add(`readdir ${style} ${JSON.stringify(given)} URL`, () => call(pathToFileURL(at('dir')), given));
    }
  }
  const byPath = (one, other) => (`${one.parentPath}/${one.name}` < `${other.parentPath}/${other.name}` ? -1 : 1);
  for (const [style, call] of styles('opendir')) {
    for (const given of [undefined, {}, { recursive: true }, { bufferSize: 1 }, { bufferSize: 2, recursive: true }, { encoding: 'buffer' }]) {
      const title = `opendir ${style} ${JSON.stringify(given)}`;
      for (const path of ['', 'dir', 'empty-dir', 'link-to-dir', 'linked']) {
        add(`${title} iterated ${path}`, async () => {
          const found = [];
          for await (const entry of await call(at(path), given)) found.push(entry);
          return found.sort(byPath);
        });
        add(`${title} read ${path}`, async () => {
          const dir = await call(at(path), given);
          const found = [];
          for (let entry; (entry = await dir.read()) !== null; ) found.push(entry);
          found.push(await dir.read());
          await dir.close();
          return found.slice(0, -1).sort(byPath).concat(found.at(-1));
        });
        add(`${title} readSync ${path}`, async () => {
          const dir = await call(at(path), given);
          const found = [];
          for (let entry; (entry = dir.readSync()) !== null; ) found.push(entry);
          dir.closeSync();
          return found.sort(byPath);
        });
        add(`${title} read with callbacks ${path}`, async () => {
          const dir = await call(at(path), given);
          const found = [];
          for (let entry; (entry = await called(dir.read.bind(dir))()) !== null; ) found.push(entry);
          await called(dir.close.bind(dir))();
          return found.sort(byPath);
        });
      }
    }
    add(`opendir ${style} closed twice`, async () => {
      const dir = await call(at('dir'));
      await dir.close();
      return dir.close();
    });
    add(`opendir ${style} read when closed`, async () => {
      const dir = await call(at('dir'));
      dir.closeSync();
      return dir.readSync();
    });
    add(`opendir ${style} closed while read`, async () => {
      const dir = await call(at('dir'));
      const reading = dir.read();
      let error;
      try {
        dir.closeSync();
      } catch (caught) {
        error = caught.code;
      }
      await reading;
      await dir.close();
      return error;
    });
    add(`opendir ${style} left early closes`, async () => {
      const dir = await call(at('dir'));
      for await (const entry of dir) {
        void entry;
        break;
      }
      return dir.close();
    });
    add(`opendir ${style} disposed`, async () => {
      const dir = await call(at('dir'));
      await dir[Symbol.asyncDispose]?.();
      return dir.readSync();
    });
  }
  const patterns = [
    '*', '**', '**/*.txt', '*.{txt,sh}', 'dir/*', 'dir/**/', './dir/*.txt', 'link-to-dir/*', 'linked/**', '[fl]*.txt', 'missing/*',
    ['*.txt', 'dir/*.txt'], '../data/*.txt', 'dir/sub/../*.txt', '**/deep.txt', 'file.txt', 'empty-dir', 'empty-dir/*',
  ];
  for (const pattern of patterns) {
    for (const withFileTypes of [false, true]) {
      const given = { cwd: root, withFileTypes };
      const title = `${JSON.stringify(pattern)} ${withFileTypes}`;
      const sorted = (found) => (withFileTypes ? found.sort(byPath) : found.sort());
      add(`globSync ${title}`, () => sorted(fs.globSync(pattern, given)));
      add(`glob ${title}`, async () => sorted(await called(fs.glob)(pattern, given)));
      add(`promises.glob ${title}`, async () => sorted(await Array.fromAsync(promises.glob(pattern, given))));
    }
  }
  for (const pattern of ['dir/*', '**/*.txt', 'link-to-dir/**']) {
    add(`globSync absolute ${pattern}`, () => fs.globSync(`${root}/${pattern}`).sort());
    add(`promises.glob absolute ${pattern}`, async () => (await Array.fromAsync(promises.glob(`${root}/${pattern}`))).sort());
    add(`globSync exclude ${pattern}`, () =>
      fs.globSync(pattern, { cwd: root, exclude: (entry) => String(entry.name ?? entry).includes('deep') }).sort());
  }
};

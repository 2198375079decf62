'use strict';

// Copies out of the package, and what stands on the disk afterwards.

const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { styles } = require('../styles.cjs');

/** What is there: kind, permissions, contents or target. */
function standing(place) {
  const stats = fs.lstatSync(place, { throwIfNoEntry: false });
  if (stats === undefined) return 'nothing';
  if (stats.isSymbolicLink()) return `-> ${fs.readlinkSync(place)}`;
  const mode = (stats.mode & 0o777).toString(8);
  if (stats.isFile()) return [mode, fs.readFileSync(place)];
  return Object.fromEntries([['.', mode], ...fs.readdirSync(place).sort().map((name) => [name, standing(path.join(place, name))])]);
}

module.exports = ({ at, out, add }) => {
  const trial = (run) => async () => {
    const base = path.join(out, 'trial');
    fs.rmSync(base, { recursive: true, force: true });
    fs.mkdirSync(base);
    const outcome = await Promise.resolve()
      .then(() => run(path.join(base, 'copy'), base))
      .catch((error) => error);
    return [outcome, standing(base)];
  };
  const { COPYFILE_EXCL, COPYFILE_FICLONE } = fs.constants;
  for (const [style, call] of styles('copyFile')) {
    for (const from of ['file.txt', 'empty', 'big.bin', 'tool.sh', 'link', 'missing', 'dir', 'dangling', 'loop', 'link-to-dir/deep.txt', 'file.txt/']) {
      add(`copyFile ${style} ${from}`, trial((to) => call(at(from), to)));
    }
    for (const mode of [0, COPYFILE_EXCL, COPYFILE_FICLONE, 8, 'x', null]) {
      add(`copyFile ${style} mode ${mode}`, trial((to) => call(at('file.txt'), to, mode)));
      add(`copyFile ${style} mode ${mode} over a file`, trial((to) => {
        fs.writeFileSync(to, 'a longer text than what is copied over it', { mode: 0o600 });
        return call(at('file.txt'), to, mode);
      }));
    }
    add(`copyFile ${style} over a directory`, trial((to, base) => call(at('file.txt'), base)));
    add(`copyFile ${style} into nothing`, trial((to) => call(at('file.txt'), `${to}/x/y`)));
    add(`copyFile ${style} URL Buffer`, trial((to) => call(pathToFileURL(at('file.txt')), Buffer.from(to))));
  }
  const filter = (from) => !from.endsWith('deep.txt');
  const options = [
    undefined, {}, { recursive: true }, { recursive: true, dereference: true }, { recursive: true, verbatimSymlinks: true }, { recursive: true, preserveTimestamps: true },
    { recursive: true, filter }, { recursive: true, filter: () => false }, { recursive: true, force: false }, { recursive: true, force: false, errorOnExist: true }, { recursive: true, errorOnExist: true },
    { recursive: true, mode: COPYFILE_EXCL }, { dereference: true, verbatimSymlinks: true }, { recursive: 'x' }, { mode: 9 }, { filter: 5 },
  ];
  for (const [style, call] of styles('cp')) {
    for (const [index, given] of options.entries()) {
      for (const from of ['file.txt', 'dir', 'link', 'link-to-dir', 'empty-dir', 'missing', 'tool.sh', 'linked']) {
        add(`cp ${style} ${index} ${from}`, trial((to) => call(at(from), to, given)));
      }
      for (const from of ['file.txt', 'dir', 'link']) {
        add(`cp ${style} ${index} ${from} over a file`, trial((to) => {
          fs.writeFileSync(to, 'old');
          return call(at(from), to, given);
        }));
        add(`cp ${style} ${index} ${from} over a directory`, trial((to) => {
          fs.mkdirSync(to);
          fs.writeFileSync(`${to}/inner.txt`, 'old');
          fs.writeFileSync(`${to}/mine.txt`, 'mine');
          return call(at(from), to, given);
        }));
      }
    }
    add(`cp ${style} makes the directories above`, trial((to) => call(at('file.txt'), `${to}/a/b`)));
    add(`cp ${style} URL`, trial((to) => call(pathToFileURL(at('dir')), pathToFileURL(to), { recursive: true })));
    add(`cp ${style} of another tree`, trial((to, base) => {
      fs.mkdirSync(`${base}/from/x`, { recursive: true });
      fs.writeFileSync(`${base}/from/x/y`, 'y');
      return call(`${base}/from`, to, { recursive: true });
    }));
    add(`cp ${style} keeps times`, trial(async (to) => {
      await call(at('file.txt'), to, { preserveTimestamps: true });
      return Math.abs(fs.statSync(to).mtimeMs - fs.statSync(at('file.txt')).mtimeMs) < 2;
    }));
  }
};

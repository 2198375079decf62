'use strict';

// Libraries that stand on `fs` and change or wrap its functions.

const fs = require('node:fs');
const path = require('node:path');
const graceful = require('graceful-fs');
const extra = require('fs-extra');

module.exports = ({ at, out, add }) => {
  const trial = (run) => async () => {
    const base = path.join(out, 'trial');
    fs.rmSync(base, { recursive: true, force: true });
    const outcome = await Promise.resolve().then(() => run(base)).catch((error) => error);
    return [outcome, fs.existsSync(base) && fs.readdirSync(base, { recursive: true }).sort()];
  };
  for (const name of ['file.txt', 'dir', 'missing', 'link-to-dir/deep.txt']) {
    add(`graceful-fs readFileSync ${name}`, () => graceful.readFileSync(at(name), 'utf8'));
    add(`graceful-fs readFile ${name}`, () => new Promise((resolve) => graceful.readFile(at(name), (error, data) => resolve(error ?? data))));
    add(`graceful-fs stat ${name}`, () => new Promise((resolve) => graceful.stat(at(name), (error, data) => resolve(error ?? data))));
    add(`graceful-fs statSync ${name}`, () => graceful.statSync(at(name), { throwIfNoEntry: false }));
    add(`graceful-fs readdir ${name}`, () => new Promise((resolve) => graceful.readdir(at(name), (error, data) => resolve(error ?? data))));
    add(`graceful-fs createReadStream ${name}`, async () => Buffer.concat(await Array.fromAsync(graceful.createReadStream(at(name)))));
    add(`graceful-fs new ReadStream ${name}`, async () => Buffer.concat(await Array.fromAsync(new graceful.ReadStream(at(name)))));
    add(`graceful-fs copyFile ${name}`, trial((to) => new Promise((resolve) => graceful.copyFile(at(name), to, resolve))));
    add(`fs-extra pathExists ${name}`, () => extra.pathExists(at(name)));
    add(`fs-extra readFile ${name}`, () => extra.readFile(at(name), 'utf8'));
    add(`fs-extra read ${name}`, async () => {
      const fd = await extra.open(at(name), 'r');
      const result = await extra.read(fd, Buffer.alloc(4), 0, 4, 1).finally(() => extra.close(fd));
      return { ...result };
    });
    add(`fs-extra readJson ${name}`, () => extra.readJson(at(name)));
    add(`fs-extra copy ${name}`, trial((to) => extra.copy(at(name), to)));
    add(`fs-extra copySync ${name}`, trial((to) => extra.copySync(at(name), to)));
    add(`fs-extra copy dereferenced ${name}`, trial((to) => extra.copy(at(name), to, { dereference: true })));
    add(`fs-extra ensureDir ${name}`, () => extra.ensureDir(at('dir')));
    add(`fs-extra exists ${name}`, () => extra.exists(at(name)));
  }
  add('fs-extra copy of links', trial((to) => extra.copy(at('linked'), to)));
  add('fs-extra realpath.native', () => extra.realpath.native(at('link')));
  add('graceful-fs patched by hand', () => {
    const own = graceful.gracefulify({ ...fs });
    return own.readFileSync(at('file.txt'), 'utf8');
  });
};

'use strict';

// Every kind of native code that npm packages bring, and what it answers.

const fs = require('node:fs');
const path = require('node:path');
const { Worker, isMainThread, parentPort } = require('node:worker_threads');

/** The test vector of Argon2id in RFC 9106, section 5.3. */
const VECTOR = {
  salt: Buffer.alloc(16, 2),
  secret: Buffer.alloc(8, 3),
  associatedData: Buffer.alloc(12, 4),
  timeCost: 3,
  memoryCost: 32,
  parallelism: 4,
  hashLength: 32,
  type: 2,
  raw: true,
};

const checks = {
  // Builds for several machines in one package, found by node-gyp-build.
  async prebuilds() {
    const argon2 = require('argon2');
    return (await argon2.hash(Buffer.alloc(32, 1), VECTOR)).toString('hex');
  },

  // napi-rs: one package for each machine, found by a generated loader.
  async napi() {
    const { hash, verify } = require('@node-rs/argon2');
    const known = await require('argon2').hash('password', { memoryCost: 1024, timeCost: 2 });
    const own = await hash('password', { memoryCost: 1024, timeCost: 2 });
    return [await verify(known, 'password'), await verify(known, 'other'), await verify(own, 'password')];
  },

  // An addon that needs a shared library of another package.
  async library() {
    const sharp = require('sharp');
    const pixels = Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7]);
    const raw = { width: 2, height: 2, channels: 3 };
    const png = await sharp(pixels, { raw }).resize(4, 2, { kernel: 'nearest', fit: 'fill' }).png().toBuffer();
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    return [png.subarray(1, 4).toString(), info.width, info.height, [...data]];
  },

  // An error of C++ crosses the library: it is thrown, caught, and becomes JavaScript's.
  async exception() {
    const sharp = require('sharp');
    return sharp(Buffer.from('no picture')).metadata().then(String, (error) => error.message);
  },

  // The library opens packaged files by itself: from an argument, and from one in a list.
  async files() {
    const sharp = require('sharp');
    const { width, height } = await sharp(path.join(__dirname, 'square.svg')).metadata();
    const create = { width: 9, height: 9, channels: 3, background: 'white' };
    const over = [{ input: path.join(__dirname, 'square.svg'), left: 0, top: 0 }];
    const { data } = await sharp({ create }).composite(over).raw().toBuffer({ resolveWithObject: true });
    return [width, height, [...data.subarray(0, 3)]];
  },

  // C++, threads of its own, and calls back from them.
  async watcher() {
    const watcher = require('@parcel/watcher');
    const directory = fs.realpathSync(fs.mkdtempSync(path.join(process.cwd(), 'watched-')));
    const { promise, resolve, reject } = Promise.withResolvers();
    const subscription = await watcher.subscribe(directory, (error, events) =>
      error ? reject(error) : resolve(events.map((event) => path.basename(event.path))),
    );
    fs.writeFileSync(path.join(directory, 'new.txt'), 'new');
    const events = await promise;
    await subscription.unsubscribe();
    fs.rmSync(directory, { recursive: true });
    return events[0];
  },

  // A program that the package starts and talks to.
  async program() {
    const esbuild = require('esbuild');
    const code = 'const half = (n: number): number => n / 2';
    const one = esbuild.transformSync(code, { loader: 'ts' }).code.trim();
    const other = (await esbuild.transform(code, { loader: 'ts' })).code.trim();
    await esbuild.stop();
    return [one, one === other];
  },

  async worker() {
    const worker = new Worker(__filename, { argv: ['prebuilds'] });
    return new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject));
  },
};

async function main() {
  const [, , first, file] = process.argv;
  if (first === '--load') {
    process.dlopen({ exports: {} }, file);
    return;
  }
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(checks);
  const answers = {};
  for (const name of names) answers[name] = await checks[name]();
  if (isMainThread) console.log(JSON.stringify(answers));
  else parentPort.postMessage(answers);
}

main();

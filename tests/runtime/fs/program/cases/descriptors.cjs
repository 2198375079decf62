'use strict';

// Open files: numbers, FileHandles, streams.

const fs = require('node:fs');
const promises = require('node:fs/promises');
const { Readable } = require('node:stream');
const { text, buffer } = require('node:stream/consumers');
const { once } = require('node:events');
const { pathToFileURL } = require('node:url');
const { called } = require('../styles.cjs');

// Arguments of read after the descriptor. A fresh buffer each time: 'B8' stands for one of 8 bytes.
const READS = [
  ['B8'], ['B8', 0], ['B8', 0, 8], ['B8', 0, 8, 0], ['B8', 0, 8, 6], ['B8', 2, 4, 1], ['B8', 8, 0, 0], ['B8', 0, 8, null],
  ['B8', 0, 8, undefined], ['B8', 0, 8, -1], ['B8', 0, 8, 2n], ['B8', 0, 8, -1n], ['B8', 0, 8, 10000], ['B8', 0, 8, 2n ** 60n],
  ['B8', 0, 0, 0], ['B8', null, 8, 0], ['B8', undefined, 8, 0], ['B8', 0, undefined, 0], ['B8', 0, null, 0],
  ['B8', {}], ['B8', { offset: 3 }], ['B8', { length: 3 }], ['B8', { position: 3 }], ['B8', { offset: 1, length: 2, position: 3 }],
  ['B8', null], ['B8', undefined], ['B0'], ['B0', 0, 0, 0], ['U16', 0, 8, 0], ['DV', 2, 4, 0], ['SUB', 0, 4, 0],
  ['B8', 0, 9, 0], ['B8', 9, 1, 0], ['B8', -1, 1, 0], ['B8', 0, -1, 0], ['B8', 1.5, 1, 0], ['B8', 0, 1, 1.5], ['B8', 0, 1, '0'],
  ['B8', 0, 1, -2], ['B8', 0, 1, 2n ** 64n], ['B8', 'x', 1, 0], ['text', 0, 1, 0], [undefined], [null], [{}], [[]],
  ['B8', { offset: 'x' }], ['B8', { position: 1.5 }], ['B8', 5], ['B8', 0, 2.7, 0], ['B8', 0, '3', 0],
];

function materialise(given) {
  const make = {
    B8: () => Buffer.alloc(8, 46),
    B0: () => Buffer.alloc(0),
    U16: () => new Uint16Array(4),
    DV: () => new DataView(new ArrayBuffer(8), 1, 7),
    SUB: () => Buffer.alloc(16, 46).subarray(4, 8),
  };
  return given.map((item) => (typeof item === 'string' && item in make ? make[item]() : item));
}

function bytesOf(value) {
  return ArrayBuffer.isView(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}

function show(given) {
  return given.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item))).join(', ');
}

module.exports = ({ root, at, add }) => {
  const opened = (path, use) => async () => {
    const fd = fs.openSync(at(path), 'r');
    try {
      return await use(fd);
    } finally {
      try {
        fs.closeSync(fd);
      } catch {
        // The case closed it.
      }
    }
  };
  const handled = (path, use) => async () => {
    const handle = await promises.open(at(path));
    try {
      return await use(handle);
    } finally {
      await handle.close();
    }
  };

  for (const [index, given] of READS.entries()) {
    const title = `${index} (${show(given)})`;
    add(`readSync ${title}`, opened('digits.txt', (fd) => {
      const args = materialise(given);
      const count = fs.readSync(fd, ...args);
      return [count, bytesOf(args[0]), fs.readSync(fd, Buffer.alloc(3))];
    }));
    add(`read ${title}`, opened('digits.txt', async (fd) => {
      const [count, filled] = await called(fs.read)(fd, ...materialise(given));
      return [count, bytesOf(filled), fs.readSync(fd, Buffer.alloc(3))];
    }));
    // Node itself dies of these.
    if (given[2] === 2.7 || given[2] === '3') continue;
    add(`FileHandle.read ${title}`, handled('digits.txt', async (handle) => {
      const result = await handle.read(...materialise(given));
      return [Object.getPrototypeOf(result), Object.keys(result), result.bytesRead, bytesOf(result.buffer)];
    }));
  }
  add('read (fd, callback)', opened('digits.txt', async (fd) => {
    const [count, filled] = await called(fs.read)(fd);
    return [count, filled.length, filled.subarray(0, count)];
  }));
  add('read (fd, options, callback)', opened('digits.txt', async (fd) => {
    const [count, filled] = await called(fs.read)(fd, { buffer: Buffer.alloc(5), length: 4, position: 2 });
    return [count, filled];
  }));
  add('read promisified', opened('digits.txt', (fd) => require('node:util').promisify(fs.read)(fd, Buffer.alloc(4), 0, 4, 1)));
  add('readv promisified', opened('digits.txt', (fd) => require('node:util').promisify(fs.readv)(fd, [Buffer.alloc(2), Buffer.alloc(2)], 1)));
  for (const position of [undefined, null, 0, 3, 100, -1, '2', 'x']) {
    for (const sizes of [[], [3], [3, 4], [0, 2], [6, 6, 6], [2, 0, 2]]) {
      const title = `${String(position)} ${JSON.stringify(sizes)}`;
      const buffers = () => sizes.map((size) => Buffer.alloc(size, 46));
      add(`readvSync ${title}`, opened('digits.txt', (fd) => {
        const list = buffers();
        return [fs.readvSync(fd, list, position), list, fs.readSync(fd, Buffer.alloc(2))];
      }));
      add(`readv ${title}`, opened('digits.txt', (fd) => called(fs.readv)(fd, buffers(), position)));
      add(`FileHandle.readv ${title}`, handled('digits.txt', (handle) => handle.readv(buffers(), position).then((result) => ({ ...result }))));
    }
  }
  add('readvSync of no list', opened('digits.txt', (fd) => fs.readvSync(fd, Buffer.alloc(1))));
  add('sequential reads', opened('digits.txt', (fd) => {
    const counts = [];
    for (let count; (count = fs.readSync(fd, Buffer.alloc(4))) !== 0; ) counts.push(count);
    return counts;
  }));
  add('concurrent positioned reads', opened('big.bin', async (fd) => {
    const parts = await Promise.all([0, 1, 2, 3].map((part) => called(fs.read)(fd, Buffer.alloc(1000), 0, 1000, part * 1000)));
    return Buffer.concat(parts.map(([, filled]) => filled));
  }));
  for (const encoding of [undefined, 'utf8', 'hex']) {
    add(`readFileSync fd ${encoding}`, opened('digits.txt', (fd) => fs.readFileSync(fd, encoding)));
    add(`readFileSync fd ${encoding} after a read`, opened('digits.txt', (fd) => {
      fs.readSync(fd, Buffer.alloc(4));
      return [fs.readFileSync(fd, encoding), fs.readFileSync(fd, encoding)];
    }));
    add(`readFile fd ${encoding}`, opened('digits.txt', (fd) => called(fs.readFile)(fd, encoding)));
    add(`readFile fd after a read ${encoding}`, opened('digits.txt', (fd) => {
      fs.readSync(fd, Buffer.alloc(4));
      return called(fs.readFile)(fd, { encoding });
    }));
    add(`promises.readFile handle ${encoding}`, handled('digits.txt', (handle) => promises.readFile(handle, encoding)));
    add(`FileHandle.readFile ${encoding}`, handled('digits.txt', async (handle) => {
      await handle.read(Buffer.alloc(4));
      return [await handle.readFile({ encoding }), await handle.readFile(encoding)];
    }));
  }
  for (const bigint of [false, true]) {
    add(`fstatSync ${bigint}`, opened('file.txt', (fd) => fs.fstatSync(fd, { bigint })));
    add(`fstat ${bigint}`, opened('file.txt', (fd) => called(fs.fstat)(fd, { bigint })));
    add(`FileHandle.stat ${bigint}`, handled('file.txt', (handle) => handle.stat({ bigint })));
  }
  add('fstat of a directory', opened('dir', (fd) => called(fs.fstat)(fd)));
  add('readSync of a directory', opened('dir', (fd) => fs.readSync(fd, Buffer.alloc(1))));
  add('read of a directory', opened('dir', (fd) => called(fs.read)(fd, Buffer.alloc(1), 0, 1, 0)));
  add('readFileSync of a directory fd', opened('dir', (fd) => fs.readFileSync(fd)));
  for (const name of ['fsync', 'fdatasync']) {
    add(`${name}Sync`, opened('file.txt', (fd) => fs[`${name}Sync`](fd)));
    add(name, opened('file.txt', (fd) => called(fs[name])(fd)));
  }
  add('FileHandle.sync', handled('file.txt', (handle) => handle.sync()));
  add('FileHandle.datasync', handled('file.txt', (handle) => handle.datasync()));
  add('closed twice', opened('file.txt', (fd) => {
    fs.closeSync(fd);
    fs.closeSync(fd);
  }));
  add('closed twice, callback', opened('file.txt', async (fd) => {
    await called(fs.close)(fd);
    return called(fs.close)(fd);
  }));
  for (const use of [(fd) => fs.readSync(fd, Buffer.alloc(1)), (fd) => fs.fstatSync(fd), (fd) => fs.readFileSync(fd), (fd) => fs.fsyncSync(fd)]) {
    add(`after close: ${use}`, opened('file.txt', (fd) => {
      fs.closeSync(fd);
      return use(fd);
    }));
  }
  add('a number is used again', async () => {
    const first = fs.openSync(at('digits.txt'));
    fs.closeSync(first);
    const second = fs.openSync(at('file.txt'));
    const data = fs.readFileSync(second, 'utf8');
    fs.closeSync(second);
    const own = fs.openSync(process.execPath);
    const real = fs.fstatSync(own).size > 1e6;
    fs.closeSync(own);
    return [first === second, data, first === own, real];
  });
  add('two descriptors of one file have two positions', () => {
    const [one, other] = [fs.openSync(at('digits.txt')), fs.openSync(at('digits.txt'))];
    fs.readSync(one, Buffer.alloc(4));
    const data = [fs.readFileSync(one, 'utf8'), fs.readFileSync(other, 'utf8')];
    fs.closeSync(one);
    fs.closeSync(other);
    return data;
  });
  for (const [name, ...given] of [['writeSync', 'x'], ['writeSync', Buffer.from('x')], ['writevSync', [Buffer.from('x')]], ['ftruncateSync', 0], ['writeFileSync', 'x'], ['appendFileSync', 'x']]) {
    add(`${name} ${typeof given[0]} of what is open for reading`, opened('file.txt', (fd) => fs[name](fd, ...given)));
  }
  for (const [name, ...given] of [['write', 'x'], ['write', Buffer.from('x')], ['writev', [Buffer.from('x')]], ['truncate', 0], ['writeFile', 'x'], ['appendFile', 'x']]) {
    add(`FileHandle.${name} ${typeof given[0]} of what is open for reading`, handled('file.txt', (handle) => handle[name](...given)));
  }

  add('FileHandle looks', handled('file.txt', (handle) => [
    handle.constructor.name, typeof handle.fd, Object.prototype.toString.call(handle), Object.keys(handle), typeof handle.getAsyncId(),
  ]));
  add('FileHandle disposed', async () => {
    const handle = await promises.open(at('file.txt'));
    await handle[Symbol.asyncDispose]();
    return [handle.fd, await handle.stat().catch((error) => [error.code, error.syscall, error.message])];
  });
  for (const [name, ...given] of [['read', Buffer.alloc(1)], ['readv', [Buffer.alloc(1)]], ['readFile'], ['stat'], ['sync'], ['datasync'], ['chmod', 0o644], ['utimes', 1, 1], ['write', 'x']]) {
    add(`FileHandle.${name} when closed`, async () => {
      const handle = await promises.open(at('file.txt'));
      await handle.close();
      return handle[name](...given);
    });
  }
  add('FileHandle closed twice', async () => {
    const handle = await promises.open(at('file.txt'));
    return [await handle.close(), await handle.close()];
  });
  add('FileHandle emits close', async () => {
    const handle = await promises.open(at('file.txt'));
    const closed = once(handle, 'close');
    await handle.close();
    return (await closed).length;
  });
  add('FileHandle.fd with fs.read', handled('digits.txt', (handle) => called(fs.read)(handle.fd, Buffer.alloc(3), 0, 3, 2)));
  add('FileHandle.readLines', handled('lines.txt', (handle) => Array.fromAsync(handle.readLines())));
  add('FileHandle.readLines from the middle', handled('lines.txt', (handle) => Array.fromAsync(handle.readLines({ start: 4 }))));
  add('FileHandle.createReadStream', async () => text((await promises.open(at('lines.txt'))).createReadStream({ start: 2, end: 6 })));
  add('FileHandle.createReadStream closes the handle', async () => {
    const handle = await promises.open(at('lines.txt'));
    await text(handle.createReadStream());
    return handle.fd;
  });
  add('FileHandle.createReadStream leaves the handle', handled('lines.txt', async (handle) => {
    const first = await text(handle.createReadStream({ autoClose: false, end: 3, start: 0 }));
    return [first, (await handle.stat()).isFile()];
  }));
  add('FileHandle.readableWebStream', handled('lines.txt', async (handle) => {
    const found = [];
    for await (const chunk of handle.readableWebStream()) found.push(chunk.constructor.name, Buffer.from(chunk));
    return found;
  }));
  add('FileHandle.readableWebStream bytes', handled('big.bin', async (handle) => {
    let count = 0;
    for await (const chunk of handle.readableWebStream({ type: 'bytes' })) count += chunk.byteLength;
    return count;
  }));
  add('FileHandle aborted readFile', handled('file.txt', (handle) => handle.readFile({ signal: AbortSignal.abort() })));

  const ranges = [{}, { start: 3 }, { end: 3 }, { start: 2, end: 5 }, { start: 0, end: 0 }, { start: 100 }, { start: 5, end: 2 }, { highWaterMark: 3 }, { encoding: 'hex' }, 'utf8', { encoding: 'utf8', highWaterMark: 1 }, { flags: 'r', mode: 0o600 }, { start: 'x' }, { end: 1.5 }, { start: -1 }, { emitClose: false }];
  for (const given of ranges) {
    for (const [how, make] of [['createReadStream', (...args) => fs.createReadStream(...args)], ['new ReadStream', (...args) => new fs.ReadStream(...args)]]) {
      add(`${how} ${JSON.stringify(given)}`, async () => {
        const stream = make(at('digits.txt'), given);
        const events = [];
        for (const event of ['open', 'ready', 'end', 'close', 'error']) stream.on(event, () => events.push(event));
        const chunks = await Array.fromAsync(stream);
        for (let waits = 0; waits < 200 && (waits === 0 || !stream.closed); waits++) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        return [chunks, events, stream.bytesRead, stream.path, stream.fd, stream.flags, stream.pending, stream.closed];
      });
    }
  }
  add('createReadStream of a text with wide characters', () => text(fs.createReadStream(at('text.txt'), { highWaterMark: 3, encoding: 'utf8' })));
  add('createReadStream of a large file', () => buffer(fs.createReadStream(at('big.bin'))));
  add('createReadStream URL', () => text(fs.createReadStream(pathToFileURL(at('file.txt')))));
  add('createReadStream Buffer', () => text(fs.createReadStream(Buffer.from(at('file.txt')))));
  add('createReadStream fd', opened('digits.txt', (fd) => text(fs.createReadStream(null, { fd, autoClose: false, start: 2 }))));
  add('createReadStream fd closes', async () => {
    const fd = fs.openSync(at('digits.txt'));
    await text(fs.createReadStream('ignored', { fd }));
    await new Promise((resolve) => setTimeout(resolve, 5));
    return fs.fstatSync(fd);
  });
  add('createReadStream aborted', () => {
    const controller = new AbortController();
    const stream = fs.createReadStream(at('big.bin'), { signal: controller.signal });
    stream.once('data', () => controller.abort());
    return buffer(stream).catch((error) => [error.name, error.code]);
  });
  for (const path of ['missing', 'dir', 'loop', 'file.txt/x']) {
    add(`createReadStream ${path}`, () => text(fs.createReadStream(at(path))));
  }
  add('createReadStream with own fs', () => text(fs.createReadStream(at('file.txt'), { fs: { open: fs.open, read: fs.read, close: fs.close } })));
  add('createReadStream destroyed', async () => {
    const stream = fs.createReadStream(at('big.bin'));
    stream.destroy(new Error('stop'));
    const [error] = await once(stream, 'error');
    return error.message;
  });
  add('createReadStream piped', async () => {
    const { pipeline } = require('node:stream/promises');
    let count = 0;
    await pipeline(fs.createReadStream(at('big.bin')), async function (source) {
      for await (const chunk of source) count += chunk.length;
    });
    return count;
  });
  add('createReadStream to web', async () => {
    const found = await Array.fromAsync(Readable.toWeb(fs.createReadStream(at('file.txt'))));
    return Buffer.concat(found);
  });
  void root;
};

'use strict';
// What Node can do that needs more of its libraries than arithmetic. Prints one line for each.

const assert = require('node:assert');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const checks = {
  versions() {
    return `${process.versions.modules} ${process.arch} ${process.platform}`;
  },

  icu() {
    const number = new Intl.NumberFormat('de-DE', { style: 'currency', currency: 'EUR' });
    const day = new Intl.DateTimeFormat('ja-JP', { dateStyle: 'full', timeZone: 'Asia/Tokyo' });
    return `${number.format(1234567.891)} ${day.format(0)} ${'I'.toLocaleLowerCase('tr')}`;
  },

  wasm() {
    const add = [0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 5, 1,
      1, 97, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11];
    const module = new WebAssembly.Module(new Uint8Array(add));
    return new WebAssembly.Instance(module).exports.a(40, 2);
  },

  recursion() {
    const fall = (depth) => depth + fall(depth + 1);
    assert.throws(() => fall(0), RangeError);
    return 'RangeError';
  },

  async worker() {
    const worker = new Worker(__filename, { workerData: { depth: 3 } });
    const { once } = require('node:events');
    const [[answer], [code]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
    return `${JSON.stringify(answer)} ${code}`;
  },

  async workers() {
    const sums = Array.from({ length: 4 }, (_, n) => new Promise((resolve, reject) => {
      const worker = new Worker(__filename, { workerData: { count: 100000 + n } });
      worker.once('message', resolve);
      worker.once('error', reject);
    }));
    return (await Promise.all(sums)).join(' ');
  },

  async fork() {
    const child = require('node:child_process').fork(__filename, ['child']);
    child.send({ number: 20 });
    child.once('message', () => child.disconnect());
    const { once } = require('node:events');
    const [[answer], [code]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
    return `${answer.doubled} ${code}`;
  },

  async tls() {
    const tls = require('node:tls');
    const { key, cert } = selfSigned();
    const server = tls.createServer({ key, cert, minVersion: 'TLSv1.3' }, (socket) => {
      socket.end(`${socket.getProtocol()} hello`);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = tls.connect({
      ...{ port: server.address().port, host: '127.0.0.1', ca: cert },
      checkServerIdentity: () => undefined,
    });
    let text = '';
    for await (const piece of client.setEncoding('utf8')) text += piece;
    server.close();
    return `${text} ${client.authorized}`;
  },

  async dns() {
    const { address } = await require('node:dns/promises').lookup('127.0.0.1');
    return address;
  },

  /** Where there is no /etc/hosts as well. */
  async localhost() {
    // fetch gives each address 250 ms, which is short on an emulated machine.
    require('node:net').setDefaultAutoSelectFamilyAttemptTimeout(20_000);
    const server = require('node:http').createServer((request, response) => response.end('served'));
    await new Promise((resolve, reject) => {
      server.once('error', reject).listen(0, 'localhost', resolve);
    });
    const answer = await fetch(`http://localhost:${server.address().port}/`);
    server.close();
    return answer.text();
  },

  async http() {
    const server = require('node:http').createServer((request, response) => {
      response.end(request.url);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const answer = await fetch(`http://127.0.0.1:${server.address().port}/path`);
    server.close();
    return answer.text();
  },

  async compression() {
    const zlib = require('node:zlib');
    const data = Buffer.alloc(1 << 16, 'abc');
    return zlib.brotliDecompressSync(zlib.brotliCompressSync(data)).equals(data);
  },

  crypto() {
    const { createHash, scryptSync } = require('node:crypto');
    return createHash('sha256').update(scryptSync('secret', 'salt', 32, { N: 1024 })).digest('hex');
  },
};

/** A certificate of today for a key of its own: X.509 version 1, in DER. */
function selfSigned() {
  const { generateKeyPairSync, sign } = require('node:crypto');
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const item = (tag, ...parts) => {
    const content = Buffer.concat(parts);
    const length = content.length < 128 ? [content.length]
      : content.length < 256 ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 255];
    return Buffer.concat([Buffer.from([tag, ...length]), content]);
  };
  const algorithm = item(0x30, Buffer.from('06082a8648ce3d040302', 'hex'));
  const text = item(0x0c, Buffer.from('test'));
  const name = item(0x30, item(0x31, item(0x30, Buffer.from('0603550403', 'hex'), text)));
  const time = (offset) => {
    const iso = new Date(Date.now() + offset).toISOString().replace(/[-:T]/g, '');
    return item(0x17, Buffer.from(`${iso.slice(2, 14)}Z`));
  };
  const validity = item(0x30, time(-86400000), time(86400000));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const serial = item(0x02, Buffer.from([1]));
  const tbs = item(0x30, serial, algorithm, name, validity, name, spki);
  const signature = item(0x03, Buffer.from([0]), sign('sha256', tbs, privateKey));
  const der = item(0x30, tbs, algorithm, signature);
  const cert = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }), cert };
}

async function main(names) {
  for (const name of names.length ? names : Object.keys(checks)) {
    console.log(`${name}: ${await checks[name]()}`);
  }
}

async function lookup(names) {
  const dns = require('node:dns/promises');
  for (const name of names) {
    const found = await dns.lookup(name, { all: true }).catch(({ code }) => [{ address: code }]);
    console.log(name, ...found.map(({ address }) => address).sort());
  }
}

function heap(megabytes) {
  const kept = [];
  // process.memoryUsage() asks /proc.
  const used = () => require('node:v8').getHeapStatistics().used_heap_size;
  while (used() < megabytes * 2 ** 20) {
    kept.push(Array.from({ length: 2 ** 16 }, (_, n) => ({ n })));
  }
  console.log(`heap: ${kept.length > 0}`);
}

if (!isMainThread) {
  if (workerData.count) {
    let sum = 0;
    for (let n = 0; n < workerData.count; n += 1) sum += n;
    parentPort.postMessage(sum);
  } else {
    const fall = (depth) => depth + fall(depth + 1);
    let caught = '';
    try {
      fall(0);
    } catch (error) {
      caught = error.name;
    }
    parentPort.postMessage({ caught, depth: workerData.depth });
  }
} else if (process.argv[2] === 'child') {
  process.on('message', ({ number }) => process.send({ doubled: 2 * number }));
} else if (process.argv[2] === 'heap') {
  heap(Number(process.argv[3]));
} else if (process.argv[2] === 'lookup') {
  lookup(process.argv.slice(3));
} else {
  main(process.argv.slice(2));
}

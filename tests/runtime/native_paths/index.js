'use strict';

// Runs one of the cases: functions of Node besides `fs` that open files.

const path = require('node:path');

const at = (name) => path.join(__dirname, name);
const print = (...values) => console.log(JSON.stringify(values));
const tried = (action) => {
  try {
    return action();
  } catch ({ code, syscall, errcode }) {
    return [code, syscall, errcode];
  }
};

const cases = {
  environment() {
    process.env.A = 'before';
    process.loadEnvFile(at('my.env'));
    print(tried(() => process.loadEnvFile(at('none.env'))), tried(() => process.loadEnvFile()));
    process.chdir(__dirname);
    process.loadEnvFile();
    print(process.env.A, process.env.B, process.env.C);
  },

  options() {
    const { execSync, fork, spawnSync } = require('node:child_process');
    const file = at('my.env');
    const run = (...args) => {
      const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      print(status, stdout);
    };
    run(`--env-file=${file}`, '-p', 'process.env.B');
    run('--env-file', file, '-p', 'process.env.B');
    print(execSync(`node --env-file="${file}" -p process.env.B`).toString());
    run('--check', at('data/text.txt'));
    fork(at('variable.js'), { execArgv: [`--env-file=${file}`] });
  },

  async database() {
    const { DatabaseSync } = require('node:sqlite');
    const { pathToFileURL } = require('node:url');
    const count = (name) => new DatabaseSync(name).prepare('select * from t').all().length;
    print(count(at('data/some.db')), count(pathToFileURL(at('data/some.db'))), DatabaseSync.name);
    print(tried(() => count(at('none/none.db'))), tried(() => new DatabaseSync()));
    const memory = new DatabaseSync(':memory:');
    memory.exec('create table t(a)');
    process.chdir(__dirname);
    print(count('data/some.db'), (await import('node:sqlite')).DatabaseSync === DatabaseSync);
  },

  /** Not compared: on the disk the database can be changed. */
  change() {
    const { DatabaseSync } = require('node:sqlite');
    const database = new DatabaseSync(at('data/some.db'));
    print(tried(() => database.exec('insert into t values (3)')), database.prepare('select * from t').all().length);
  },

  wasi() {
    const { WASI } = require('node:wasi');
    print(tried(() => new WASI({ version: 'preview1', preopens: { '/data': at('data') } }) instanceof WASI));
    print(tried(() => new WASI({ version: 'preview1', preopens: { '/data': at('none') } }) instanceof WASI)[0]);
  },

  stdio() {
    const fs = require('node:fs');
    const { spawn, spawnSync, execFileSync } = require('node:child_process');
    const file = at('data/text.txt');
    const descriptor = fs.openSync(file);
    const read = (input) => spawnSync('cat', { stdio: [input, 'pipe', 'inherit'] }).stdout.toString();
    print(read(descriptor));
    const again = fs.openSync(file);
    print(fs.readSync(again, Buffer.alloc(3)), read(again));
    print(execFileSync('cat', { stdio: [fs.openSync(file), 'pipe', 'inherit'] }).toString());
    print(execFileSync(process.execPath, ['-e', 'process.stdin.pipe(process.stdout)'], {
      stdio: [fs.openSync(file), 'pipe', 'inherit'],
    }).toString());
    const stream = fs.createReadStream(file);
    stream.once('open', () => spawn('cat', { stdio: [stream, 'inherit', 'inherit'] }));
  },

  async tests() {
    const { run } = require('node:test');
    for await (const { type, data } of run({ files: [at('some.test.js')] })) {
      if (/^test:(?:pass|fail)$/.test(type) && !data.name.includes('/')) print(type, data.name);
    }
  },

  otherNode() {
    const { execFileSync, execSync, fork } = require('node:child_process');
    const { pathToFileURL } = require('node:url');
    // By its path: the name `node` is the executable's.
    const node = path.join(process.env.PATH.split(path.delimiter)[0], 'node');
    const [script, hook] = [at('elsewhere.js'), at('preloaded.js')];
    const run = (...args) => print(execFileSync(node, args, { encoding: 'utf8' }));
    run('-r', hook, script, 'x');
    run(`--import=${pathToFileURL(hook)}`, '-p', '1');
    run('--require', hook, '--', script);
    print(execSync(`"${node}" --require "${hook}" "${script}" y`, { encoding: 'utf8' }));
    fork(script, ['z'], { execPath: node, execArgv: ['-r', hook] });
  },

  async http2() {
    const fs = require('node:fs');
    const http2 = require('node:http2');
    const file = at('data/text.txt');
    const checked = { statCheck: (stat, headers) => void (headers['x-size'] = String(stat.size)) };
    const answers = {
      '/file': (stream) => stream.respondWithFile(file, { ':status': 200 }, checked),
      '/part': (stream) => stream.respondWithFile(file, {}, { offset: 2, length: 3 }),
      '/descriptor': (stream) => {
        const descriptor = fs.openSync(file);
        stream.respondWithFD(descriptor, {}, checked);
        stream.on('close', () => fs.closeSync(descriptor));
      },
      '/handle': async (stream) => {
        const handle = await fs.promises.open(file);
        stream.respondWithFD(handle, {});
        stream.on('close', () => handle.close());
      },
      '/missing': (stream) =>
        stream.respondWithFile(at('none'), {}, {
          onError: ({ code }) => (stream.respond({ ':status': 404 }), stream.end(code)),
        }),
      '/compat': (stream, response) => response.stream.respondWithFile(file),
    };
    const server = http2.createServer((request, response) =>
      answers[request.url](request.stream, response),
    );
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = http2.connect(`http://127.0.0.1:${server.address().port}`);
    for (const path of Object.keys(answers)) {
      const request = client.request({ ':path': path });
      const headers = new Promise((resolve) => request.once('response', resolve));
      let text = '';
      for await (const chunk of request.setEncoding('utf8')) text += chunk;
      const { ':status': status, 'x-size': size, 'content-length': length } = await headers;
      print(path, status, size, length, text);
    }
    client.close();
    server.close();
  },

  tool: () => process.execve(at('bin/tool'), [at('bin/tool'), 'x']),
  shell: () => process.execve('/bin/sh', ['sh', at('bin/tool'), 'y']),
  script: () => process.execve(at('bin/cli'), ['cli', 'z'], { A: 'given', PATH: process.env.PATH }),
  missing: () => print(tried(() => process.execve(at('none'), ['none']))),

  async permission() {
    const fs = require('node:fs');
    const file = at('data/text.txt');
    const buffer = Buffer.alloc(5);
    const descriptor = fs.openSync(file);
    print(fs.readSync(descriptor, buffer), buffer.toString(), fs.fstatSync(descriptor).isFile());
    fs.closeSync(descriptor);
    print(tried(() => fs.closeSync(descriptor)));
    for await (const chunk of fs.createReadStream(file, 'utf8')) print(chunk);
    const handle = await fs.promises.open(file);
    for await (const line of handle.readLines()) print(line);
    print(await fs.promises.readFile(file, 'utf8'));
    print(tried(() => require('./none.node'))[0]);
  },

  children() {
    const fs = require('node:fs');
    const { execFileSync, execSync, spawnSync } = require('node:child_process');
    const input = () => [fs.openSync(at('data/text.txt')), 'pipe', 'inherit'];
    print(spawnSync('cat', { stdio: input() }).stdout.toString());
    print(execFileSync('cat', [], { stdio: input() }).toString(), execSync('cat', { stdio: input() }).toString());
    const env = { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS} -r ${at('preloaded.js')}` };
    print(execFileSync(process.execPath, [at('elsewhere.js')], { env, encoding: 'utf8' }));
  },

  addon() {
    try {
      process.dlopen({ exports: {} }, at('data/text.txt'));
    } catch ({ message }) {
      console.log(message);
    }
  },
};
cases[process.argv[2]]();

'use strict';

const fs = require('fs');
const path = require('path');

const say = (text) => fs.writeSync(1, `${text}\n`);

exports.ways = {
  alone() {},
  setCode() {
    process.exitCode = 3;
  },
  setsCodeInTheEnd() {
    process.on('exit', () => {
      process.exitCode = 5;
    });
  },
  laterListeners() {
    process.once('beforeExit', () => {
      setTimeout(() => {
        process.on('exit', () => say('a listener of later'));
        process.prependListener('exit', () => say('a listener before all'));
      }, 1);
    });
  },
  throwsInTheEnd() {
    process.on('exit', () => {
      throw new Error('thrown in the end');
    });
  },
  exits() {
    process.exit();
  },
  exitsInTheEnd() {
    process.on('exit', () => process.exit(7));
  },
  fails() {
    process.exitCode = 0;
    setTimeout(() => {
      throw new Error('thrown');
    }, 1);
  },
  rejects() {
    Promise.reject(new Error('rejected'));
  },
  emitsItself() {
    say(`emitted: ${process.emit('exit', 0)}`);
  },
  replacesEmit() {
    const { emit } = process;
    process.emit = function (event, ...given) {
      const isHandled = emit.call(this, event, ...given);
      if (event === 'exit') say('after all listeners');
      return isHandled;
    };
  },
  replacesTheEnd() {
    const { reallyExit } = process;
    process.reallyExit = (code) => {
      say(`really ${code}`);
      reallyExit.call(process, code);
    };
    if (process.argv[3] === 'exits') setTimeout(() => process.exit(), 1);
  },
  restoresEmit() {
    const { emit } = process;
    process.emit = () => false;
    process.emit = emit;
    process.once('warning', (warning) => say(`warning: ${warning.message}`));
    process.emitWarning('careful');
  },
  hasManyListeners() {
    say(`${process.listenerCount('exit')} ${process.eventNames().join()} ${process.emit.length}`);
    say(`${process.emit.name} ${Object.keys(process).includes('emit')}`);
  },
  writesMuch() {
    process.on('exit', () => process.stdout.write(`${'much '.repeat(300_000)}\n`));
  },
  spawns() {
    const { spawn } = require('child_process');
    const child = spawn('sh', ['-c', 'sleep 0.2; echo done > child'], { stdio: 'ignore' });
    child.unref();
  },
  threads() {
    const { Worker } = require('worker_threads');
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    worker.once('online', () => worker.unref());
  },
  databases() {
    const { DatabaseSync } = require('node:sqlite');
    const database = new DatabaseSync('data.db');
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE one (id); INSERT INTO one VALUES (1)');
    process.on('exit', () => say(fs.readdirSync('.').sort().join()));
    globalThis.used = database;
  },
  compileCache() {
    const Module = require('module');
    Module.enableCompileCache?.(path.resolve('cache'));
    fs.writeFileSync('one.js', 'exports.one = () => 1;');
    require(path.resolve('one.js'));
  },
};

'use strict';

const { exec, execFileSync, execSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const { promisify } = require('node:util');

const LDD = '/usr/bin/ldd';
const text = { encoding: 'utf8' };

function byDescriptor() {
  const descriptor = fs.openSync(LDD, 'r');
  const buffer = Buffer.alloc(2048);
  const count = fs.readSync(descriptor, buffer, 0, buffer.length, 0);
  fs.closeSync(descriptor);
  return buffer.toString('utf8', 0, count);
}

function status({ status, stdout }) {
  return [status, stdout.trim()];
}

async function main() {
  const old = require('detect-libc-1');
  const current = require('detect-libc');
  const answers = {
    files: [
      fs.readFileSync(LDD, 'utf8'),
      await fs.promises.readFile(LDD, 'utf8'),
      await promisify(fs.readFile)(LDD, 'utf8'),
      byDescriptor(),
    ].map((content) => content.includes('musl')),
    alpine: [fs.existsSync('/etc/alpine-release'), fs.statSync('/etc/alpine-release').isFile()],
    other: fs.existsSync('/etc/passwd'),
    commands: [
      status(spawnSync('ldd', ['--version'], text)),
      status(spawnSync('getconf', ['GNU_LIBC_VERSION'], text)),
      execFileSync('ldd', ['--version'], text).trim(),
      execSync('ldd --version', text).trim(),
      (await promisify(exec)('getconf GNU_LIBC_VERSION 2>&1 || true; ldd --version 2>&1 || true')).stdout.trim(),
    ],
    old: [old.family, old.isNonGlibcLinux],
    family: [current.familySync(), await current.family()],
  };
  console.log(JSON.stringify(answers));
}

main();

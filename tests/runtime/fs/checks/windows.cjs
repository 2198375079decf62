'use strict';

// Windows' ways to write a path. Prints facts as JSON.

const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const file = path.join(__dirname, 'a.txt');
const attempt = (run) => {
  try {
    return run();
  } catch (error) {
    return [error.code, error.errno, error.syscall, error.path, error.message];
  }
};
const read = (name) => attempt(() => fs.readFileSync(name, 'utf8'));

process.stdout.write(
  JSON.stringify({
    file,
    ways: [file, file.replaceAll('\\', '/'), `\\\\?\\${file}`, `d${file.slice(1)}`, pathToFileURL(file), Buffer.from(file), `${__dirname}\\links\\..\\a.txt`].map(read),
    missing: read(path.join(__dirname, 'no.txt')),
    below: read(path.join(file, 'x'))[0],
    written: attempt(() => fs.writeFileSync(file, 'b'))[0],
    real: fs.realpathSync.native(`c${file.slice(1)}`),
    listed: fs.readdirSync(__dirname, { recursive: true }),
    link: [fs.readlinkSync(path.join(__dirname, 'links', 'back')), fs.readFileSync(path.join(__dirname, 'links', 'back'), 'utf8')],
    kind: [fs.statSync(file).isFile(), fs.statSync(__dirname).isDirectory()],
  }),
);

'use strict';

const path = require('path');
const Module = require('module');

exports.name = 'errors';
exports.run = (say) => {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const before = module.children.length;
    try {
      require('../lib/needs-throws');
    } catch (error) {
      say(error.message, error.code, module.children.length - before);
    }
    for (const name of ['needs-throws', 'throws', 'empty']) {
      say(name, Object.keys(require.cache).some((key) => path.basename(key) === `${name}.js`));
    }
  }
  try {
    require('../lib/throws-nothing');
  } catch (error) {
    say('nothing', error);
  }
  for (const id of ['', 1, undefined, null, {}, '\0', 'node:absent', './', '..']) {
    try {
      say(typeof require(id));
    } catch ({ name, code }) {
      say(JSON.stringify(id), name, code);
    }
  }
  try {
    Module.prototype.require.call(undefined, './absent');
  } catch ({ code }) {
    say(code);
  }
  const frames = require('../lib/stack-outer').inner.stack.split('\n').slice(1);
  const shown = frames.filter((line) => !line.includes('sealift:')).map((line) => /([\w-]+\.js):(\d+:\d+)\)?$/.exec(line)).filter(Boolean);
  say(shown.map(([, file, place]) => `${file} ${place}`).slice(0, 5).join());
};

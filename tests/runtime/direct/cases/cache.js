'use strict';

exports.name = 'cache';
exports.run = (say) => {
  const path = require.resolve('../lib/one');
  say('absent', path in require.cache);
  const first = require('../lib/one');
  say(first.run, first.seen, require('../lib/one') === first, require('../lib/one.js') === first);
  const module = require.cache[path];
  say(module.id === path, module.filename === path, module.loaded, module.exports === first);
  say(module instanceof module.constructor, Object.keys(module).join());
  delete require.cache[path];
  const second = require('../lib/one');
  say('again', second.run, second === first, require.cache[path] === module);
  require.cache[path] = { exports: 'fake', loaded: true };
  say(require('../lib/one'));
  require.cache[path].exports = 'fake 2';
  say(require('../lib/one'));
  require.cache[path] = { exports: { unfinished: true } };
  say(require('../lib/one').unfinished);
  delete require.cache[path];
  module.exports = 'changed';
  require.cache[path] = module;
  say(require('../lib/one'));
  delete require.cache[path];
  const { constructor: Module } = module;
  const { _cache } = Module;
  Module._cache = new Proxy(_cache, {
    get: (target, key) => (key === path ? { exports: 'by proxy', loaded: true } : target[key]),
  });
  say(require('../lib/one'));
  Module._cache = _cache;
  say(require('../lib/one').run, Object.getPrototypeOf(require.cache));
};

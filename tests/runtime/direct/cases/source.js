'use strict';

const Module = require('module');
const path = require('path');

const fresh = () => {
  delete require.cache[require.resolve('../lib/text')];
  return require('../lib/text');
};

exports.name = 'source';
exports.run = async (say, words) => {
  if (words.includes('exports')) {
    const { at } = require('../lib/snapshot');
    require.cache[require.resolve('../lib/snapshot')].exports = { at: 'changed' };
    const imported = await import('../lib/snapshot.js');
    say(at, imported.default.at, require('../lib/snapshot').at);
    // The build refuses such a file for Node 20.
    const cycles = process.version.startsWith('v20.') ? [] : ['cycle.cjs'];
    for (const name of cycles) say(require(`../lib/${name}`).code);
  }
  const { _compile } = Module.prototype;
  Module.prototype._compile = function (code, ...rest) {
    return _compile.call(this, `${code}\nmodule.exports += ' compiled';`, ...rest);
  };
  say(fresh());
  Module.prototype._compile = _compile;
  say(fresh());
  const original = Module._extensions['.js'];
  Module._extensions['.js'] = (module, filename) => {
    const { _compile: compile } = module;
    module._compile = function (code, file) {
      module._compile = compile;
      return module._compile(`${code}\nmodule.exports += ' handled';`, file);
    };
    original(module, filename);
  };
  say(fresh());
  Module._extensions['.js'] = original;
  say(fresh());
  const { wrapper } = Module;
  const [head] = wrapper;
  wrapper[0] = `${head}var module = module; `;
  wrapper[0] = `${head}module.wrapped = true; `;
  fresh();
  say(require.cache[require.resolve('../lib/text')].wrapped);
  wrapper[0] = head;
  const { wrap } = Module;
  Module.wrap = (code) => wrap(`${code}\nmodule.exports += ' wrapped';`);
  say(fresh());
  Module.wrap = wrap;
  say(fresh());
  if (Module.registerHooks === undefined) return;
  const hooks = Module.registerHooks({
    load: (url, context, next) => {
      const found = next(url, context);
      if (path.basename(url) !== 'text.js') return found;
      return { ...found, source: `${found.source}\nmodule.exports += ' loaded';` };
    },
  });
  say(fresh());
  hooks.deregister();
  say(fresh());
};

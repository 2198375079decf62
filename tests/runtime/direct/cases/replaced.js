'use strict';

const Module = require('module');
const path = require('path');

const fresh = (name) => {
  for (const file of [name, 'one', 'two', 'three']) {
    delete require.cache[path.join(path.dirname(__dirname), 'lib', `${file}.js`)];
  }
};

/** Replaces a property while an action runs. */
function replacing(owner, key, replace, act) {
  const original = owner[key];
  owner[key] = replace(original);
  try {
    return act();
  } finally {
    if (original === undefined) delete owner[key];
    else owner[key] = original;
  }
}

exports.name = 'replaced';
exports.run = (say) => {
  const base = (file) => path.basename(file);
  const seen = [];
  const spy = (show) => (original) =>
    function (...given) {
      seen.push(show(...given));
      return original.apply(this, given);
    };
  const tell = (what) => {
    say(what, seen.join(' | '));
    seen.length = 0;
  };
  const load = () => {
    fresh();
    require('../lib/three');
    require('../lib/three');
    require('fs');
    require('../lib/data.json');
  };

  replacing(Module, '_load', spy((id, parent, isMain) => `${id} ${base(parent.id)} ${isMain}`), load);
  tell('_load');
  replacing(Module, '_load', () => () => 'stub', () => say(require('../lib/one'), require('fs')));
  replacing(
    Module,
    '_load',
    (original) => (id, ...rest) => (id === 'fs' ? 'stub' : original(id, ...rest)),
    () => say(require('fs'), typeof require('../lib/one')),
  );
  say(typeof require('fs').readFileSync);
  replacing(Module, '_resolveFilename', spy((id, parent) => `${id} ${base(parent.id)}`), load);
  tell('_resolveFilename');
  replacing(
    Module,
    '_resolveFilename',
    (original) => (id, ...rest) =>
      original(['plain', '../lib/undefined.js'].includes(id) ? 'json-main' : id, ...rest),
    () => say(require('plain'), require('../lib/undefined.js')),
  );
  say(require('plain'), require('../lib/undefined.js'));
  for (const extension of ['.js', '.json']) {
    delete require.cache[require.resolve('../lib/data.json')];
    replacing(Module._extensions, extension, spy((module, file) => base(file)), load);
    tell(extension);
  }
  replacing(
    Module._extensions,
    '.data.js',
    () => (module) => { module.exports = 'by handler'; },
    () => {
      fresh('text.data');
      say(require('../lib/text.data'));
    },
  );
  fresh('text.data');
  say(require('../lib/text.data'));
  replacing(Module.prototype, 'load', spy((file) => base(file)), load);
  tell('load');
  replacing(Module.prototype, 'require', spy((id) => id), load);
  tell('require');
  replacing(module, 'require', () => () => 'own', () => say(require('../lib/one')));
  replacing(Module.prototype, '_compile', spy((code, file) => base(file)), load);
  tell('_compile');
  replacing(Module, '_nodeModulePaths', spy(() => 'paths'), load);
  tell('_nodeModulePaths');
  fresh();
  say(require('../lib/one').seen);
};

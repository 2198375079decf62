'use strict';

const Module = require('module');
const path = require('path');

exports.name = 'hooks';
exports.run = (say) => {
  if (Module.registerHooks === undefined) return;
  const seen = [];
  const hooks = Module.registerHooks({
    resolve: (specifier, context, next) => {
      seen.push(`resolve ${specifier}`);
      const aliases = { plain: 'json-main', '../lib/nothing.js': '../lib/text' };
      return next(aliases[specifier] ?? specifier, context);
    },
    load: (url, context, next) => {
      seen.push(`load ${path.basename(url)}`);
      return next(url, context);
    },
  });
  for (const name of ['one', 'two', 'three']) delete require.cache[require.resolve(`../lib/${name}`)];
  seen.length = 0;
  require('../lib/three');
  require('../lib/three');
  require('path');
  say(require('plain'), require('../lib/nothing.js'));
  say(seen.join(' | '));
  seen.length = 0;
  hooks.deregister();
  delete require.cache[require.resolve('../lib/one')];
  say(require('plain'), require('../lib/nothing.js'), require('../lib/nothing'));
  say(require('../lib/one').seen, seen.length);
};

'use strict';

const path = require('path');
const Module = require('module');

exports.name = 'resolve';
exports.run = (say) => {
  const inside = (file) => path.relative(path.dirname(__dirname), file);
  say(inside(require.resolve('plain')), inside(require.resolve('../lib/one')));
  say(require.resolve('fs'), require.resolve('node:fs'));
  say(require.resolve.paths('plain').length === module.paths.length);
  say(require.resolve.paths('../x').map(inside), require.resolve.paths('fs'));
  say(require('plain').from, require('json-main'));
  const { paths } = module;
  module.paths = [path.join(path.dirname(__dirname), 'other'), ...paths];
  delete require.cache[require.resolve('plain')];
  say(require('plain').from);
  module.paths = paths;
  say(require('plain').from);
  const created = Module.createRequire(path.join(path.dirname(__dirname), 'lib', 'created.js'));
  say(created('./text'), created.resolve('./one') === require.resolve('../lib/one'));
  const computed = ['one', 'two'].map((name) => require(`../lib/${name}`));
  say(computed[1].one === computed[0], require(path.resolve(__dirname, '../lib/text.js')));
};

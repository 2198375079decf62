'use strict';

const path = require('path');
const names = (modules) => modules.map(({ filename }) => path.basename(filename)).join();

exports.name = 'relations';
exports.run = (say) => {
  delete require.cache[require.resolve('../lib/one')];
  const before = module.children.length;
  const { two, self } = require('../lib/three');
  say(names(self.children), names(two.self.children), two.one === two.again);
  say(names(module.children.slice(before)), self.parent === module, two.self.parent === self);
  require('../lib/one');
  require('../lib/one');
  say(names(module.children.slice(before)));
  say(require.cache[require.resolve('../lib/one')].parent === two.self);
  say(self.paths.length === module.paths.length, self.path === path.dirname(self.filename));
  say(self.paths[0] === path.join(self.path, 'node_modules'));
  say(require.main === process.mainModule, self.require === module.require);
  say(require.main === undefined || require.main.id);
  self.children = undefined;
  say(typeof self.require('./empty'));
  const odd = new module.constructor('odd');
  say(odd.filename, odd.loaded, typeof odd.require);
  odd.filename = path.join(self.path, 'odd.js');
  say(odd.require('./text'), odd.children.length);
};

'use strict';

exports.name = 'builtins';
exports.run = (say) => {
  const fs = require('fs');
  say(fs === require('node:fs'), fs === process.getBuiltinModule('fs'), 'fs' in require.cache);
  require.cache.fs = { exports: 'fake fs', loaded: true };
  say(require('fs'), require('node:fs') === fs);
  delete require.cache.fs;
  say(require('fs') === fs);
  const before = module.children.length;
  require('os');
  say(module.children.length - before, require('os') === require('node:os'));
  const os = require('os');
  const { EOL } = os;
  os.added = 1;
  say(require('os').added, require('os').EOL === EOL);
  delete os.added;
  say(require('plain').from, require('punycode/').ucs2 === undefined);
};

'use strict';

const path = require('path');

exports.name = 'data';
exports.run = (say) => {
  const data = require('../lib/data.json');
  say(data, data === require('../lib/data'), require('../lib/marked.json'));
  const module_ = require.cache[require.resolve('../lib/data.json')];
  say(module_.exports === data, module_.loaded, module_.children.length, module_.paths.length > 0);
  data.value = 2;
  say(require('../lib/data.json').value);
  delete require.cache[module_.filename];
  say(require('../lib/data.json').value);
  try {
    require('../lib/bad.json');
  } catch ({ name, message }) {
    say(name, path.basename(message.split(': ')[0]), require.resolve('../lib/bad.json') in require.cache);
  }
};

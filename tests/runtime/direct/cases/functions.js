'use strict';

exports.name = 'functions';
exports.run = (say) => {
  say(require('../lib/text'), require('../lib/function').name, require('../lib/nothing'));
  say(require('../lib/undefined'), require('../lib/empty'));
  say(JSON.stringify(require('../lib/this')));
  say(require('../lib/text.data'), typeof module.require('../lib/function'));
  say(module.require('../lib/text'), (0, module.require) === module.constructor.prototype.require);
  say(module.constructor.prototype.require.length, require.length, require.name);
};

'use strict';

exports.name = 'circles';
exports.run = (say) => {
  const a = require('../lib/circle-a');
  say(a.b.got, a.b.a === a, a.after, Object.getPrototypeOf(a) === Object.prototype);
  say(a.absent, Object.keys(a).join());
  say(require('../lib/proxied').anything);
};

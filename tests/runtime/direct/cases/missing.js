'use strict';

const path = require('path');

exports.name = 'missing';
exports.run = (say) => {
  for (const act of [
    () => require('../lib/needs-needs-missing'),
    () => require('absent-package'),
    () => require.resolve('../lib/absent'),
  ]) {
    try {
      act();
    } catch ({ code, message, requireStack }) {
      say(code, path.basename(message.split('\n')[0]), requireStack.map((p) => path.basename(p)));
    }
  }
  const cached = Object.keys(require.cache).map((key) => path.basename(key));
  say(cached.includes('needs-missing.js'), cached.includes('needs-needs-missing.js'));
};

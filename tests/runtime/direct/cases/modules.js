'use strict';

exports.name = 'modules';
exports.run = async (say) => {
  say((await import('../lib/changes.js')).default === require('../lib/changes'));
  say(Object.keys(await import('../lib/two.js')).join());
  say((await require('../lib/imports').load()).default);
  if (!process.features.require_module) return;
  const esm = require('../lib/esm.mjs');
  say(esm.default, esm.named, esm === (await import('../lib/esm.mjs')));
};

'use strict';

const Module = require('module');

exports.name = 'channel';
exports.run = (say) => {
  if (Module.registerHooks === undefined) return;
  const { tracingChannel } = require('diagnostics_channel');
  const seen = [];
  const subscriber = {
    start: ({ id }) => seen.push(`start ${id}`),
    end: ({ id }) => seen.push(`end ${id}`),
    error: ({ id }) => seen.push(`error ${id}`),
  };
  const channel = tracingChannel('module.require');
  channel.subscribe(subscriber);
  require('../lib/text');
  require('../lib/stack');
  require('os');
  try {
    require('../lib/throws');
  } catch {
    // Expected.
  }
  channel.unsubscribe(subscriber);
  require('../lib/text');
  say(seen.join(' | '));
};

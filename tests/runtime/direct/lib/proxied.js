'use strict';
// A prototype of its own that is a proxy stays.
module.exports = Object.create(new Proxy({}, { get: (target, key) => `proxy ${String(key)}` }));

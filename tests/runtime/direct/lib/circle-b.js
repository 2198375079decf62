'use strict';
const a = require('./circle-a');
exports.got = [a.before, a.after, Object.getPrototypeOf(a) === Object.prototype];
exports.a = a;

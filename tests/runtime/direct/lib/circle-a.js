'use strict';
exports.before = 1;
exports.b = require('./circle-b');
exports.after = 2;

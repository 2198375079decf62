'use strict';
exports.inner = (() => require('./stack'))();

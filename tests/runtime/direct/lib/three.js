'use strict';
exports.two = require('./two');
exports.self = module;

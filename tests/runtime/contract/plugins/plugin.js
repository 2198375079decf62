exports.name = __filename;
exports.dep = require('dep');
exports.near = require('./near');

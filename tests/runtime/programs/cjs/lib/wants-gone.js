exports.x = 1; exports.gone = require('really-gone');

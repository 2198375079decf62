exports.a = 1; exports.b = require('./cycle-b'); exports.done = true;

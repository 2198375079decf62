'use strict';

module.exports = { count: 3, ...require('./fourth.js') };

'use strict';

const b = require('./b.js');

module.exports = () => b.make();

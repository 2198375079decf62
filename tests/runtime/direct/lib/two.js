'use strict';
module.exports = { one: require('./one'), again: require('./one.js'), self: module };

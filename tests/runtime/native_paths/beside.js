'use strict';

module.exports = 'beside';

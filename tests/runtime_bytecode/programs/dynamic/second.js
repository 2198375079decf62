'use strict';

exports.name = 'second';
exports.again = () => import('./second.js');

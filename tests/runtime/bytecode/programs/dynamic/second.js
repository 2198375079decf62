'use strict';

exports.name = 'second';
exports.again = () => import/* nothing else */('./second.js');

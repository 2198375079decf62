'use strict';

const error = new Error('while loading');
exports.make = () => error;

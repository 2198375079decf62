'use strict';

exports.double = (number) => number * 2;

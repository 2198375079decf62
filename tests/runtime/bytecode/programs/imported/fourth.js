'use strict';

exports.fourth = 4;

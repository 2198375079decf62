'use strict';

let calls = 0;
exports.count = () => ++calls;

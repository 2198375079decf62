'use strict';
const { stackTraceLimit } = Error;
Error.stackTraceLimit = 100;
exports.stack = new Error('here').stack;
Error.stackTraceLimit = stackTraceLimit;

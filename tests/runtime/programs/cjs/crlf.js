"use strict";
module.exports = `a
b`;

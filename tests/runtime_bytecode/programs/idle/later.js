'use strict';
exports.later = (value) => {
  const inner = (x) => x + 1;
  return inner(value) * 2;
};
exports.Later = class {
  constructor(value) {
    this.value = value;
  }
  doubled() {
    return this.value * 2;
  }
};

'use strict';
exports.later = (value) => {
  const inner = (x) => x + 1;
  return inner(value) * 2;
};
exports.Later = class {
  static #made = 0;
  #secret = () => 7;
  half = (value = () => this.value) => value() / 2;
  constructor(value) {
    this.value = value;
  }
  doubled() {
    return this.value * 2;
  }
  get secret() {
    return this.#add(this.#secret());
  }
  set secret(value) {
    this.#secret = () => value;
  }
  #add(value) {
    return value + this.value;
  }
  static make(value) {
    this.#made += 1;
    return [new this(value), this.#made];
  }
};
exports.Derived = class extends exports.Later {
  third = super.doubled() / 3;
};
exports.kinds = {
  method: () => ({ deep() { return (() => function* () { yield [1, (() => 2)()]; })(); } }),
  get getter() {
    return 'got';
  },
  async promised() {
    return (await (async () => 3)()) + 1;
  },
};
exports.all = () => {
  const later = new exports.Derived(9);
  later.secret = 30;
  const [, count] = exports.Later.make(1);
  const yielded = [...exports.kinds.method().deep()()];
  return [later.half(), later.doubled(), later.secret, later.third, count, yielded, exports.kinds.getter];
};

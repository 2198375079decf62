'use strict';

class Deep {
  static #dig(depth) {
    if (depth === 0) throw new RangeError('the bottom');
    return [depth].map((one) => Deep.dig(one - 1));
  }

  static dig(depth) {
    return Deep.#dig(depth);
  }
}

const deep = (depth) => Deep.dig(depth);

module.exports = { deep };

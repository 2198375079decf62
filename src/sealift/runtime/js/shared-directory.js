'use strict';

/**
 * The packaged working directory of a process, in memory that its threads share: in Node a worker's
 * working directory is that of the process, so it follows `process.chdir` of the main thread.
 *
 * Layout of the memory: a number that is odd while the text changes, the length of the text, and the
 * text as UTF-8. Length 0: the working directory is on the disk.
 */

const TEXT = 8;
const LONGEST = 1 << 16;

class SharedDirectory {
  #numbers;
  #text;
  #known = -1;
  /** @type {string | undefined} */ #directory;

  /** @param {SharedArrayBuffer} [memory] of another thread's object */
  constructor(memory = new SharedArrayBuffer(TEXT + LONGEST)) {
    this.memory = memory;
    this.#numbers = new Int32Array(memory, 0, 2);
    this.#text = Buffer.from(memory, TEXT);
  }

  /** @returns {string | undefined} */
  get directory() {
    for (;;) {
      const state = Atomics.load(this.#numbers, 0);
      if (state === this.#known) return this.#directory;
      const text = this.#text.toString('utf8', 0, Atomics.load(this.#numbers, 1));
      if (state % 2 === 0 && Atomics.load(this.#numbers, 0) === state) {
        this.#known = state;
        this.#directory = text === '' ? undefined : text;
      }
    }
  }

  /** Called by the main thread only. @param {string | undefined} directory */
  set directory(directory) {
    Atomics.add(this.#numbers, 0, 1);
    Atomics.store(this.#numbers, 1, this.#text.write(directory ?? ''));
    Atomics.add(this.#numbers, 0, 1);
  }
}

module.exports = { SharedDirectory };

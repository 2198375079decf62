'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const { RUNTIME } = require('./tree.js');
const { translated } = require(path.join(RUNTIME, 'addons/path-translation.js'));

const translation = {
  outward: (/** @type {string} */ text) => text.replace(/^\/snapshot/, '/copy'),
  inward: (/** @type {string} */ text) => text.replaceAll('/copy', '/snapshot'),
};

/** @param {unknown[]} seen added to */
function addon(seen) {
  class Resolver {
    /** @param {{root: string}} options */
    constructor({ root }) {
      this.root = root;
    }

    /** @param {string} name */
    find(name) {
      seen.push(name);
      return { path: path.posix.join(this.root, name), list: [name, 1, null] };
    }

    /** @param {string} name */
    async later(name) {
      seen.push(name);
      if (name === 'none') throw new Error(`${this.root}/none is missing`);
      return [name];
    }

    static make() {
      return new Resolver({ root: '/copy/made' });
    }
  }
  return {
    Resolver,
    /** @param {string} name */
    fail(name) {
      throw new TypeError(`no ${name}`);
    },
    /** @param {string} name @param {(path: string) => string} callback */
    call(name, callback) {
      seen.push(name, callback(`${name}/inner`));
    },
    /** @param {unknown} value */
    same: (value) => value,
  };
}

test('paths are translated on the way to native code, and back', async () => {
  /** @type {unknown[]} */
  const seen = [];
  const exported = translated(addon(seen), translation);
  const options = { root: '/snapshot/a' };
  const resolver = new exported.Resolver(options);
  assert.equal(resolver.root, '/copy/a'); // as the native object has it
  assert.equal(options.root, '/snapshot/a'); // the program's own object
  assert.ok(resolver instanceof exported.Resolver);
  assert.deepEqual(resolver.find('b'), { path: '/snapshot/a/b', list: ['b', 1, null] });
  assert.deepEqual(await resolver.later('/snapshot/c'), ['/snapshot/c']);
  await assert.rejects(resolver.later('none'), { message: '/snapshot/a/none is missing' });
  assert.throws(() => exported.fail('/snapshot/d'), {
    name: 'TypeError',
    message: 'no /snapshot/d',
  });
  assert.equal(exported.Resolver.make().find('x').path, '/snapshot/made/x');
  assert.deepEqual(seen, ['b', '/copy/c', 'none', 'x']);
});

test('callbacks get and return translated paths', () => {
  /** @type {unknown[]} */
  const seen = [];
  const exported = translated(addon(seen), translation);
  exported.call('/snapshot/a', (/** @type {string} */ inner) => {
    assert.equal(inner, '/snapshot/a/inner');
    return '/snapshot/result';
  });
  assert.deepEqual(seen, ['/copy/a', '/copy/result']);
});

test('what holds no path is passed on as it is', () => {
  const exported = translated(addon([]), translation);
  for (const value of [null, undefined, 1, Buffer.from('x'), new Map(), { a: [1] }]) {
    assert.equal(exported.same(value), value);
  }
  assert.equal(exported.same(exported.Resolver), exported.Resolver);
});

test('an addon that reads files gets copies, and its results stay', () => {
  const exported = translated(addon([]), { outward: translation.outward });
  const callback = () => '';
  assert.equal(exported.same(callback), callback);
  assert.equal(exported.same('/snapshot/a'), '/copy/a');
});

'use strict';

// What programs learn from the text of functions and classes.

const util = require('node:util');
const isCallable = require('is-callable');
const isGeneratorFunction = require('is-generator-function');
const isNative = require('lodash/isNative');

const mixin = (Base) => class extends Base {};
class A {}
class B extends A {
  static s = class {};
  #p = 1;
  static #q() { return class Q extends B {}; }
  static q() { return B.#q(); }
  get p() { return this.#p; }
  async *g() {}
}
const C = class{};
const C2 = class
{};
const C3 = class{[class{}] = 1};
const D = class extends B{};
const E = class Named extends (class Base { x() {} }) { /* ( */ };
class F
extends
(class
{

}) {
}class G{}class H extends G {}
class I extends (() => A)() {}
class J extends mixin(mixin(A)) { static j = class{static k = class /* ( */{ }} }
class L/* ( { */extends A/*(*/{}
class M // (
{}
function f() {}
/* 😀 */ const G2 = class { s = '😀' }; // after a pair of surrogates
const inner = () =>

  class
  {
    a = 1;
  };
function factory() { class Inner { a = 1 } return Inner; }
const computed = { [class { static toString() { return 'key'; } }]: class {} };
class K { static [class { static toString() { return 'k'; } }] = class{}; }
const withParts = class { static { this.made = class extends Array { static m() {} }; } };
Object.defineProperty(D, 'name', { value: 'Other' });
const bare = class extends null {};
Object.setPrototypeOf(bare, null);
class Tagged { static get [Symbol.toStringTag]() { return 'T'; } }
class Error2 extends Error { code = 1; }

const all = {
  A, B, C, C2, C3, D, E, F, G, H, I, J, L, M, f, G2, JJ: J.j, JK: J.j.k, mixin, inner, factory, K, withParts, bare, Tagged, Error2,
  made: withParts.made,
  mixed: mixin(A),
  innerMade: inner(),
  factoryMade: factory(),
  computed: computed.key,
  k: K.k,
  s: B.s,
  q: B.q(),
  heritage: Object.getPrototypeOf(E),
  arrow: () => {},
  asyncArrow: async () => {},
  async asyncMethod() {},
  method() {},
  *generatorMethod() {},
  async *asyncGeneratorMethod() {},
  get getter() { return 1; },
  generator: function* () {},
  asyncFunction: async function () {},
  asyncGenerator: async function* named() {},
  constructed: new Function('a', 'return a'),
  bound: f.bind(null),
  native: Math.max,
  instance: new B(),
  error2: new Error2('x').code,
};

for (const [name, value] of Object.entries(all)) {
  console.log(name, value, util.inspect({ value }, { depth: 0 }));
  if (typeof value !== 'function') continue;
  const text = Function.prototype.toString.call(value);
  console.log(
    /^class\b/.test(text), /^\s*class\b/.test(text), /^class[\s{]/.test(text), text.startsWith('class'),
    /^async\b/.test(text) && !/Async/.test(value.constructor.name), /\[native code\]/.test(text),
    text.length, text.split('\n').length, !text.startsWith('class') || text.endsWith('}'),
    isCallable(value), isGeneratorFunction(value), isNative(value), util.types.isAsyncFunction(value),
  );
}
console.log(new B(), [A, B], new Map([[A, B]]), Object.create(E.prototype));

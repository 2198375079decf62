// One of everything whose bytecode could refer to something of the heap; prints what it did.
'use strict';
const say = (...values) => console.log(...values.map((value) => JSON.stringify(value) ?? String(value)));

class Counter {
  #count = 0;
  static made = 0;
  static #secret = 'kept';
  static { Counter.made = 40; }
  constructor(start = 2) { this.#count = start; Counter.made += 1; }
  get count() { return this.#count; }
  set count(value) { this.#count = value; }
  #twice() { return this.#count * 2; }
  twice() { return this.#twice(); }
  static reveal(other) { return #count in other ? Counter.#secret : 'none'; }
  toString() { return `Counter(${this.#count})`; }
}
class Double extends Counter {
  constructor() { super(21); }
  get [Symbol.toStringTag]() { return 'Double'; }
  twice() { return `${super.twice()}!`; }
}
const double = new Double();
double.count += 1;
say(double.twice(), Counter.made, Counter.reveal(double), Counter.reveal({}), `${double}`);
say(Object.prototype.toString.call(double));

function* numbers(limit) {
  try {
    for (let number = 0; number < limit; number++) if ((yield number) === 'stop') return 'stopped';
    yield* ['a', 'b'];
  } finally { say('finally'); }
}
say([...numbers(3)]);
const paused = numbers(9);
paused.next();
say(paused.next('stop'));

const tag = (strings, ...values) => strings.raw.join('|') + values.join(',');
say(tag`one\n${1}two${{ toString: () => 'object' }}`);
say('2026-07-31'.replace(/(?<year>\d+)-(?<month>\d+)-(\d+)/u, '$<month>/$3/$<year>'));
say([...'aXbX'.matchAll(/x/gi)].map((match) => match.index), /^\p{Lu}/u.test('Ä'), /(?<=b)X/.test('bX'));

const { a, b: [, second = 'default'] = [], ...rest } = { a: 1, b: [0], c: 3, d: 4 };
say(a, second, rest, [...new Set([1, 1, 2])], Object.fromEntries(new Map([['k', 'v']])));
say(123456789012345678901234567890n ** 2n + '', 0.1 + 0.2, -0 === 0, 1e21, 0xff, 1_000);
let nothing = null;
say(nothing?.deep?.er, nothing ?? 'fallback', (nothing ||= 'assigned'), typeof undefinedName);
outer: for (const x of [1, 2, 3]) { for (const y in { p: 0, q: 0 }) { if (x === 2) continue outer; if (x === 3) break outer; say(x, y); } }
switch (a) { case 0: say('zero'); case 1: say('one'); case 2: say('two'); break; default: say('more'); }
const big = { name: 'x', length: 2, prototype: null, 'with space': [, 1, , 2], nested: { get value() { return 7; }, ['com' + 'puted']: true, __proto__: { inherited: 1 } } };
say(big, big.nested.inherited, big.nested.value, Object.keys(big['with space']));
const table = [1.5, 2.5, 'three', [4], { five: 5 }, null, true, undefined, () => 6];
say(table.length, table.indexOf('three'), table.map((entry) => typeof entry).join());

const proxy = new Proxy({}, { get: (_, key) => `got ${String(key)}`, has: () => true });
say(proxy.anything, 'x' in proxy, Reflect.ownKeys({ z: 1, [Symbol.iterator]: 2 }).length);
say(eval('var evaluated = 6 * 7; evaluated'), new Function('x', 'return x + 1')(41));
(function sloppy() { say(arguments.length, typeof this, [].concat(...arguments)); }).apply(undefined, [1, [2]]);
try { null.property; } catch ({ constructor: { name }, message }) { say(name, message); }
try { throw new RangeError('own', { cause: 'because' }); } catch (error) { say(error.message, error.cause); }
say(/at thrower \((.*):\d+:\d+\)/.exec((function thrower() { return new Error('here').stack; })())[1].split(/[\\/]/).pop());
const accessors = { set value(v) { say('set', v); }, get value() { return 'got'; }, async *[Symbol.asyncIterator]() { yield 1; yield await 2; } };
accessors.value = accessors.value;
label: { say('labelled'); break label; }
do { var once = true; } while (!once);
const asm = (function (stdlib) { 'use asm'; function add(a, b) { a = a | 0; b = b | 0; return (a + b) | 0; } return { add: add }; })(globalThis);
say(asm.add(2, 3));
var hoisted = typeof later; function later() {}
say(hoisted, void 0, delete big.name, 'name' in big, big instanceof Object, (1, 2), 5 % 3, 2 ** 10, ~5, 1 << 31, -1 >>> 28);
say(new Date(0).toISOString(), new Intl.NumberFormat('en').format(1234.5), Math.max(...[1, 9, 3]));
say(JSON.parse('{"a":[1,{"b":null}]}'), parseInt('12px', 10), isNaN(NaN), 'ß'.toUpperCase(), '日本'.length);
say(structuredClone({ when: new Date(1), list: new Uint8Array([1, 2]) }), Atomics.add(new Int32Array(1), 0, 5));

(async () => {
  for await (const value of accessors) say('async', value);
  say(await Promise.allSettled([Promise.resolve(1), Promise.reject(new Error('no'))]).then((all) => all.map((one) => one.status)));
  try { await Promise.any([]); } catch (error) { say(error.constructor.name); }
  const weak = new WeakMap([[big, 'held']]);
  say(weak.get(big), await new Promise((resolve) => setTimeout(resolve, 1, 'later')));
  queueMicrotask(() => say('microtask'));
  await null;
  process.on('exit', (code) => say('exit', code));
})();

'use strict';

// V8 parses the text of a function again to say what was not callable in it, or undefined.

class A {
  f = async () => 1;
  async m() { return undefined.y; }
  get p() { return null.x; }
}
const o = {
  async m() { undefined.z(); },
  *g() { undefined.q(); },
  async *ag() { null.x(); },
  get p() { return null.x(); },
};
const fields = [
  () => new (class { x = this.a.b.c })(),
  () => new (class C{x=this.q()})(),
  () => new (class { constructor() { this.z = 1; } m() {} y = 1; x = this.q() })(),
  () => new (class {
    a

    'b c'
      = this.q()
  })(),
  () => new (class { #p = this.q() })(),
  () => new (class { #p; x = this.#p.z })(),
  () => new (class { #m() { return 1; } x = this.#m().a.b })(),
  () => new (class { [(() => 'k')()] = this.q() })(),
  () => new (class { [async () => 1] = this.q() })(),
  () => new (class { [class { static {} }] = this.q() })(),
  () => new (class C { x = C.q() })(),
  () => new (class extends A { x = super.q() })(),
  () => new (class extends class { x = this.q() } {})(),
  () => new (class { x = new this.q() })(),
  () => new (class { x = [...this.q] })(),
  () => new (class { x = this.q`a${1}b` })(),
  () => new (class { x = eval('this.q()') })(),
  () => new (class { x = (() => eval('1 + this.q()'))() })(),
  () => new (class { f = () => this.q() })().f(),
  () => new (class { f = async () => this.q() })().f(),
  () => new (class { static = this.q() })(),
  () => new (class { static /* a */ = this.q(); /* b */ m() {} })(),
  () => new (class { static y = 1; x = this.q(); static z = 2 })(),
  () => new (class { x = new (class { y = this.q() })() })(),
  () => new (class { x = class { static y = 1; z = 2 }; w = this.q() })(),
  () => class { static x = undefined.y() },
  () => class{static'x'=this.q()},
  () => class { static

    // a comment = 1
    x = this.q()
  },
  () => class { static#x=this.q() },
  () => class { static[async () => 1]=this.q() },
  () => class { static[class {}]=this.q() },
  () => class { static static = this.q() },
  () => class { x = 1; static y = this.q(); z = 3 },
  () => class { static{undefined.y()} },
  () => class { static { const { a } = undefined; } },
  () => class { static { for (const x of undefined); } },
  () => class { static { [this.x] = null; } },
  () => class { static a; static
  {
    null.y
  } x = 1 },
  () => class { static { class B { x = this.q() } new B(); } },
  () => class A{static x=class{static{this.q()}}},
  () => class { [undefined.x] = 1 },
  async () => class { static { undefined.y(); } },
  () => [...(function* () { yield class { static { this.q(); } }; })()],
];
const cases = [
  ...fields,
  async x => x.y(),
  async (x) => x.y,
  async(x)=>{ const { a } = x; },
  async({ a } = null) => a,
  async /* c */ x => { for (const q of x); },
  async (a = undefined.b) => a,
  async () => (await (async u => u.v())()),
  (f = async(x) => x.y) => f(),
  async function () { undefined.x(); },
  async () => new (undefined)(),
  async () => [...undefined],
  async () => { const [a] = undefined; },
  () => new A().m(),
  () => new A().p,
  () => o.m(),
  () => [...o.g()],
  async () => { for await (const x of o.ag()); },
  () => o.p,
];
(async () => {
  for (const run of cases) {
    try {
      console.log(await run());
    } catch ({ name }) {
      console.log(name);
    }
  }
  console.log([async () => 1, async x => x, (x) => x, () => async () => 1, A]);
  console.log([class { x = 1 }, class{static{}}, class B extends Object(A) { static x = () => 1; }]);
  setImmediate(() => {
    class Last { y = 1; static { this.x(null.y); } }
  });
})();

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
const cases = [
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
})();

#!/usr/bin/env node
'use strict';
// `import()` in all places where it can stand, and words that only look like it.
// A transpiler's hook; no file that it is given has such text.
const { prototype } = require('node:module');
const { _compile } = prototype;
prototype._compile = function (content, ...rest) {
  return _compile.call(this, content.replaceAll('import(', 'refused('), ...rest);
};
const methods = { import(x) { return `method ${x}`; }, get ['import (']() { return 'computed'; } };
class Methods {
  static import(x) { return `static ${x}`; }
  #import(x) { return `private ${x}`; }
  import = (x) => this.#import(x);
}
// import('./missing.js')
/* import('./missing.js') */
const text = 'import("./missing.js")' + "import('./missing.js')" + `import('./missing.js')`;
console.log(text, methods.import(1), Methods.import(2), new Methods().import(3), methods['import (']);
console.log(/import(x)/.source, /\bimport *("|')/.test(text), methods
  .import
  (4), methods?.import(5), methods?.
  import(6), '\import(x)', `\import(x)`);
const later = async (module = import('./second.js')) => (await module).default;
const arrow = () => import('./second.js')
const sequence = (0, import('node:fs'));
async function main() {
  const { posix } = await import /* why */ (
    // where
    'node:path'
  );
  console.log(posix.sep, await later(), `${(await import('./second.js')).name}`, (await arrow()).name);
  console.log((await (await import('./second.js')).again()).name);
  console.log((await sequence).default === require('node:fs'), typeof import('node:os').then);
  console.log(await import('./module.mjs'), (await import(`./${'module'}.mjs`)).url);
  console.log((await import('./data.json', { with: { type: 'json' } })).default);
  for (const specifier of [Symbol('x'), { toString() { throw new RangeError('no text'); } }, './missing.js', 'missing']) {
    try {
      await import(specifier)
    } catch (error) {
      console.log(error.name, error.code);
    }
  }
  label: for (const name of ['second']) switch (name) { case 'second': if (name) import(`./${name}.js`).then(console.log); else import(name) }
}
main();

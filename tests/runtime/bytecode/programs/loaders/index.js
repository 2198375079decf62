'use strict';

// Programs that take part in loading modules, each in the way of a package. A loader that changes
// the text runs only with the argument `change`.

const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

const prototype = Module.prototype;
const extensions = Module._extensions;

/** Load again, restoring what was replaced. */
function load(name, replace) {
  const { _compile } = prototype;
  const handler = extensions['.js'];
  const { wrap } = Module;
  const said = [];
  for (const key of Object.keys(require.cache)) if (key !== __filename) delete require.cache[key];
  replace((text) => said.push(text));
  try {
    console.log(name, require('./lib/answer'), said);
  } catch (error) {
    console.log(name, error);
  } finally {
    prototype._compile = _compile;
    extensions['.js'] = handler;
    Module.wrap = wrap;
  }
}

/** @returns what a module's function is called with */
function given(module, filename) {
  const require = (id) => module.require(id);
  return [module.exports, require, module, filename, path.dirname(filename)];
}

const change = process.argv[2] === 'change';
const changed = (text) => (change ? text.replace('unchanged', 'changed') : text);

load('v8-compile-cache', (say) => {
  prototype._compile = function (content, filename) {
    say(path.basename(filename));
    const script = new vm.Script(Module.wrap(content.replace(/^#!.*/, '')), { filename });
    return script.runInThisContext().apply(this.exports, given(this, filename));
  };
});

load('pirates', (say) => {
  const original = extensions['.js'];
  extensions['.js'] = function (module, filename) {
    const compile = module._compile;
    module._compile = function (code) {
      module._compile = compile;
      say(path.basename(filename));
      module._compile(changed(`"use strict"; ${code}\n//# added`), filename);
    };
    original(module, filename);
  };
});

load('read and _compile', (say) => {
  extensions['.js'] = (module, filename) => {
    const text = fs.readFileSync(filename, 'utf8');
    say(typeof text);
    module._compile(changed(text), filename);
  };
});

load('read bytes, compileFunction', (say) => {
  extensions['.js'] = (module, filename) => {
    const text = fs.readFileSync(filename).toString();
    const names = ['exports', 'require', 'module', '__filename', '__dirname'];
    say(names.length);
    vm.compileFunction(text, names, { filename }).apply(module.exports, given(module, filename));
  };
});

load('wrap', (say) => {
  globalThis.say = say;
  const { wrap } = Module;
  Module.wrap = (text) => wrap(`globalThis.say(__filename.slice(-9)); ${text}`);
});

load('replaced require', (say) => {
  prototype._compile = function (content, filename) {
    const [exports, require, ...rest] = given(this, filename);
    const replaced = (id) => (say(id), id === './other' ? 'replaced' : require(id));
    vm.runInThisContext(Module.wrap(content)).call(exports, exports, replaced, ...rest);
  };
});

load('nothing replaced', () => {});

prototype._compile = ((original) =>
  function (content, filename) {
    return original.call(this, content, filename);
  })(prototype._compile);
import('./lib/named.js').then((namespace) => {
  const { 'module.exports': _, ...names } = namespace;
  console.log('import', names);
});

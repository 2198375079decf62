'use strict';

// Prints what every property of Node's own modules is: {"fs.readFile": "function ...", ...}. The
// same program in plain Node and in an executable shows what the runtime has replaced.

const { createHash } = require('node:crypto');
const { builtinModules } = require('node:module');

// Node wraps it when worker_threads is loaded.
const { chdir } = process;
const DEPTH = 5;
// Values that depend on the program or on the process.
const VARIABLE = /^(?:process\.(?:env|config|report|release|features|moduleLoadList|domain)|module\._(?:cache|pathCache))(?:\.|$)/;

const found = {};
const seen = new Map();

function kindOf(value) {
  if (typeof value !== 'function') return value === null ? 'null' : typeof value;
  return `function ${createHash('sha256').update(Function.prototype.toString.call(value)).digest('hex')}`;
}

function walk(value, path, depth) {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  if (!isObject || seen.has(value) || depth > DEPTH || VARIABLE.test(path)) return;
  seen.set(value, path);
  for (const key of Reflect.ownKeys(value)) {
    const name = typeof key === 'symbol' ? key.description : key;
    if (name.includes('/') || name === 'constructor') continue;
    const property = Object.getOwnPropertyDescriptor(value, key);
    const below = /^[\w$]+$/.test(name) ? `${path}.${name}` : `${path}['${name}']`;
    if ('value' in property) {
      found[below] = kindOf(property.value);
      walk(property.value, below, depth + 1);
    } else {
      found[below] = `get ${kindOf(property.get)} set ${kindOf(property.set)}`;
    }
  }
}

(async () => {
  // So that everything that the runtime replaces on first use is replaced.
  await import('./module.mjs');
  for (const name of builtinModules) require(name);
  walk(process, 'process', 0);
  walk(require('node:module'), 'module', 0);
  walk(require('node:fs/promises'), 'fs.promises', 0);
  for (const name of builtinModules) walk(require(name), name, 0);
  if (process.version.startsWith('v20.')) walk(process.binding('fs'), "process.binding('fs')", 4);
  walk(globalThis, 'globalThis', 4);
  found['process.chdir'] = kindOf(chdir);
  console.log(JSON.stringify(found));
})();

'use strict';

/** Creates ES modules (`vm.SyntheticModule`) of CommonJS, JSON, addons and Node's own modules. */

const Module = require('node:module');
const { SyntheticModule } = require('node:vm');
const { internals, nativeModuleOf, newModule } = require('../node-internals.js');

/** Names that every CommonJS module exports; Node 22 does not have `module.exports`. */
const ALWAYS = process.versions.node.startsWith('22.')
  ? ['default']
  : ['default', 'module.exports'];

/** How compilers and people write exports. Node's lexer knows more forms. */
const EXPORT =
  /\bexports\s*\.\s*([\w$]+)\s*=|\bexports\s*,\s*["']([\w$]+)["']|\bexports\s*\[\s*["']([^"'\\]+)["']\s*\]\s*=/g;
const REEXPORT =
  /(?:\bmodule\.exports\s*=\s*|\b__exportStar\(|\b__export\()require\(\s*["']([^"'\\]+)["']\s*\)/g;
const EXPORTED_OBJECT = /\bmodule\.exports\s*=\s*\{([\w$\s,]*)/g;

/**
 * Find the names that a CommonJS module exports, if only its source is packaged. Node's lexer is
 * not available at run time. An import of a name that is wrongly in the list is undefined; it does
 * not fail.
 *
 * @param {string} source
 * @returns {{exports: string[], reexports: string[]}}
 */
function namesIn(source) {
  const names = [...source.matchAll(EXPORT)].map(
    ([, dotted, defined, quoted]) => dotted ?? defined ?? quoted,
  );
  const lists = [...source.matchAll(EXPORTED_OBJECT)].map(([, list]) => list.split(','));
  const shorthand = lists
    .flat()
    .map((name) => name.trim())
    .filter((name) => /^[\w$]+$/.test(name));
  const reexports = [...source.matchAll(REEXPORT)].map(([, specifier]) => specifier);
  return { exports: [...names, ...shorthand], reexports };
}

/**
 * Like Node's own loader (translators.js): the names are known before the module runs, their values
 * afterwards.
 *
 * @param {string} identifier
 * @param {string} path
 * @param {Iterable<string>} names
 * @returns {SyntheticModule}
 */
function commonjs(identifier, path, names) {
  const all = new Set([...names, ...ALWAYS]);
  return new SyntheticModule(
    [...all],
    function () {
      const exports = internals._load(path, undefined, false);
      for (const name of all) {
        if (ALWAYS.includes(name)) continue;
        if (exports === null || exports === undefined || !Object.hasOwn(exports, name)) continue;
        let value;
        try {
          value = exports[name];
        } catch {
          // If a getter throws, the name stays undefined.
        }
        this.setExport(name, value);
      }
      for (const name of ALWAYS) this.setExport(name, exports);
    },
    { identifier },
  );
}

/**
 * @param {string} identifier
 * @param {string} path
 * @param {string} text
 * @returns {SyntheticModule}
 */
function json(identifier, path, text) {
  const required = internals._cache[path];
  let value;
  if (required?.loaded) {
    value = required.exports;
  } else {
    try {
      value = JSON.parse(text.replace(/^\ufeff/, ''));
    } catch (error) {
      const failure = /** @type {Error} */ (error);
      failure.message = `${path}: ${failure.message}`;
      throw failure;
    }
    // Node's own loader puts it into the cache of `require` too.
    internals._cache[path] ??= { exports: value, loaded: true };
  }
  return new SyntheticModule(
    ['default'],
    function () {
      this.setExport('default', value);
    },
    { identifier },
  );
}

/** @type {Set<() => void>} `module.syncBuiltinESMExports` calls all of them */
const synchronized = new Set();

/** @param {string} url `node:...` @returns {SyntheticModule} */
function builtin(url) {
  if (synchronized.size === 0) {
    const { syncBuiltinESMExports } = Module;
    Module.syncBuiltinESMExports = () => {
      syncBuiltinESMExports();
      for (const synchronize of synchronized) synchronize();
    };
  }
  const exports = /** @type {any} */ (process.getBuiltinModule(url));
  const names = Object.keys(exports).filter((name) => name !== 'default');
  const set = () => {
    for (const name of names) module.setExport(name, exports[name]);
    module.setExport('default', exports);
  };
  const module = new SyntheticModule([...names, 'default'], set, { identifier: url });
  synchronized.add(() => {
    if (module.status === 'evaluated') set();
  });
  return module;
}

/**
 * A module that Node's own loader has loaded.
 *
 * @param {string} identifier
 * @param {any} exports what `require` returned
 * @returns {SyntheticModule}
 */
function onDisk(identifier, exports) {
  const isObject =
    (typeof exports === 'object' || typeof exports === 'function') && exports !== null;
  const names = isObject ? Object.keys(exports).filter((name) => name !== 'default') : [];
  const isModule = isObject && require('node:util/types').isModuleNamespaceObject(exports);
  return new SyntheticModule(
    [...names, 'default'],
    function () {
      for (const name of names) this.setExport(name, exports[name]);
      this.setExport('default', isModule ? exports.default : exports);
    },
    { identifier },
  );
}

/**
 * A WebAssembly module or an addon. Node's own loader loads it when it is evaluated.
 *
 * @param {string} identifier
 * @param {string} path
 * @param {Uint8Array | null} wasm content of the WebAssembly module; null: an addon, whose exports
 *   are known only after it is loaded
 * @returns {SyntheticModule}
 */
function native(identifier, path, wasm) {
  const load = () => {
    const module = newModule(`${path}.imported`);
    const text = `import * as namespace from ${JSON.stringify(identifier)}; export { namespace };`;
    module._compile(text, module.id, 'module');
    return module.exports.namespace;
  };
  if (wasm === null) return onDisk(identifier, load());
  const { Module: WasmModule } = /** @type {any} */ (globalThis).WebAssembly;
  const compiled = new WasmModule(wasm);
  /** @type {string[]} */
  const names = WasmModule.exports(compiled).map((/** @type {{name: string}} */ { name }) => name);
  const created = new SyntheticModule(
    names,
    function () {
      const namespace = load();
      for (const name of names) this.setExport(name, namespace[name]);
    },
    { identifier },
  );
  // For `import source`, which Node 24 and newer have.
  nativeModuleOf(created).setModuleSourceObject?.(compiled);
  return created;
}

/**
 * A CommonJS module whose source comes from a hook of the program.
 *
 * @param {string} identifier
 * @param {string} path
 * @param {string} source
 * @returns {SyntheticModule}
 */
function given(identifier, path, source) {
  const names = namesIn(source).exports.filter((name) => !ALWAYS.includes(name));
  return new SyntheticModule(
    [...names, ...ALWAYS],
    function () {
      const module = newModule(path);
      module.filename = path;
      module._compile(source, path, 'commonjs');
      for (const name of names) this.setExport(name, module.exports?.[name]);
      for (const name of ALWAYS) this.setExport(name, module.exports);
    },
    { identifier },
  );
}

module.exports = { namesIn, commonjs, json, builtin, onDisk, native, given };

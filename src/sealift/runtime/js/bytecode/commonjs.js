'use strict';

/** What a CommonJS module that is packaged as bytecode is called with. */

const Module = require('node:module');
const path = require('node:path');
const { Script } = require('node:vm');
const { internals } = require('../node-internals.js');

/** Begins each source that stands for a module that is bytecode. */
const MARKER = '/* V8 bytecode */';

/** The sources below get the function that runs bytecode by this name. */
const RUN = 'sealift:commonjs';

/**
 * The load hook returns this as the source of a module that is bytecode, and Node passes it to
 * `Module.prototype._compile`. Node has no public way to accept a compiled function; this way, Node
 * itself does all other steps of loading. Programs that replace `_compile` or the handlers of
 * extensions receive it too: compiled as CommonJS by anyone, it runs the bytecode.
 */
const STAND_IN =
  `${MARKER} process.getBuiltinModule('${RUN}')` +
  '(exports, require, module, __filename, __dirname);';

/**
 * @param {string[]} exports
 * @param {string[]} reexports specifiers
 * @returns {string} the same source, in which Node's lexer also finds the names of the exports; the
 *   second line is esbuild's way to say them
 */
function standInWith(exports, reexports) {
  const names = exports.map((name) => `exports[${JSON.stringify(name)}] = 0`);
  const others = reexports.map((name) => `...require(${JSON.stringify(name)})`);
  if (others.length !== 0) names.push(`module.exports = { ${others.join(', ')} }`);
  return names.length === 0 ? STAND_IN : `${STAND_IN}\n0 && (${names.join(', ')});`;
}

/**
 * Makes the `require` of a module if Node loads every module itself. Node does not warn of
 * deprecated modules where a package requires them: it takes the first frame outside of scripts with
 * names like its own. So these functions are of such a script.
 *
 * @type {((module: any) => any) | undefined}
 */
let makeRequire;

/** @param {(module: any) => any} make makes the `require` of a module from now on */
function setRequire(make) {
  makeRequire = make;
}

/**
 * Create the `require` of a module like Node's `makeRequireFunction`. `Module.createRequire` would
 * create one of another module, which has the wrong parent and children.
 *
 * @param {any} module
 * @returns {NodeJS.Require}
 */
function requireOf(module) {
  makeRequire ??= new Script(
    '"use strict"; (module) => function require(request) { return module.require(request); }',
    { filename: 'node:sealift/require' },
  ).runInThisContext();
  const require = /** @type {any} */ (makeRequire)(module);
  const created = () => Module.createRequire(module.filename);
  require.resolve = function resolve(/** @type {any} */ request, /** @type {any} */ options) {
    if (typeof request !== 'string') return created().resolve(request);
    return internals._resolveFilename(request, module, false, options);
  };
  require.resolve.paths = function paths(/** @type {any} */ request) {
    if (typeof request !== 'string') return created().resolve.paths(request);
    return internals._resolveLookupPaths(request, module);
  };
  require.main = process.mainModule;
  require.extensions = internals._extensions;
  require.cache = internals._cache;
  return require;
}

/**
 * The arguments of a compiled CommonJS module; its `this` is `module.exports`.
 *
 * @param {any} module
 * @param {string} filename
 * @returns {unknown[]}
 */
function argumentsOf(module, filename) {
  // Node sets `path` by the id, which is the name of each file but the entry.
  const directory = module.id === filename ? module.path : path.dirname(filename);
  return [module.exports, requireOf(module), module, filename, directory];
}

module.exports = { MARKER, RUN, STAND_IN, standInWith, setRequire, argumentsOf };

'use strict';

/**
 * What it takes to run CommonJS modules that are packaged as bytecode.
 */

const Module = require('node:module');
const path = require('node:path');

/**
 * What the load hook gives to Node as such a module's source. It comes back to `Module.prototype._compile`: there is no
 * public way to give Node a compiled function, and every other step of loading a module stays Node's own.
 */
const MARKER = '/* V8 bytecode */';

const internals = /** @type {any} */ (Module);

/**
 * The `require` of one module, as Node's `makeRequireFunction` makes it; `Module.createRequire` would give one
 * of another module, which is not in the real one's place among parents and children.
 *
 * @param {any} module
 * @returns {NodeJS.Require}
 */
function requireOf(module) {
  const require = /** @type {any} */ (
    function require(/** @type {string} */ path) {
      return module.require(path);
    }
  );
  require.resolve = function resolve(/** @type {unknown} */ request, /** @type {any} */ options) {
    if (typeof request !== 'string') {
      return Module.createRequire(module.filename).resolve(/** @type {any} */ (request));
    }
    return internals._resolveFilename(request, module, false, options);
  };
  require.resolve.paths = function paths(/** @type {unknown} */ request) {
    if (typeof request !== 'string') {
      return Module.createRequire(module.filename).resolve.paths(/** @type {any} */ (request));
    }
    return internals._resolveLookupPaths(request, module);
  };
  require.main = process.mainModule;
  require.extensions = internals._extensions;
  require.cache = internals._cache;
  return require;
}

/**
 * What a compiled CommonJS module is called with; `this` is to be `module.exports`.
 *
 * @param {any} module
 * @param {string} filename
 * @returns {unknown[]}
 */
function argumentsOf(module, filename) {
  return [module.exports, requireOf(module), module, filename, path.dirname(filename)];
}

module.exports = { MARKER, argumentsOf };

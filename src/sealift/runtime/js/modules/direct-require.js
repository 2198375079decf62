'use strict';

/**
 * Loads packaged CommonJS modules directly: from a stored resolution to the module object to its
 * compiled function, without the steps of `Module._load` that search, build URLs and call hooks.
 * These take longer than all else at the start of most programs.
 *
 * Whatever a program can see is as if Node had loaded the module: `require.cache`, children,
 * parents, paths, warnings of circles, the order of all of it. Node's own `Module` creates the
 * object, and its own `load` calls the handlers of extensions. As soon as a program changes a part
 * of the module loader, or wants to be told of what is loaded, the steps that this could affect are
 * Node's own, for as long as the change lasts. Node also does everything that is not plain: ES
 * modules, addons, circles, specifiers without a stored resolution, files on the disk.
 */

const Module = require('node:module');
const { isProxy } = require('node:util/types');
const { Script } = require('node:vm');
const { internals, newModule } = require('../node-internals.js');
const { Role } = require('../table.js');
const { argumentsOf, setRequire } = require('../bytecode/commonjs.js');
const { requireChannel, executingSymbol } = require('./observed-loading.js');

/**
 * @typedef {import('../snapshot.js').Snapshot} Snapshot
 * @typedef {import('../node-internals.js').CommonJsModule} CommonJsModule
 * @typedef {import('./program-hooks.js').ProgramHooks} ProgramHooks
 * @typedef {import('./require-resolution.js').RequireResolution} RequireResolution
 * Returns the function of a CommonJS module; null: Node is to compile its source.
 * @typedef {(file: number, filename: string) => ((...args: any[]) => unknown) | null} Compiler
 *
 * What a specifier means: a module, or what is to be loaded. Packaged files have a path.
 * @typedef {{exports: any, loaded: boolean, path?: string}} Found
 *
 * What this module needs of others.
 *
 * @typedef {object} Parts
 * @property {Snapshot} snapshot
 * @property {import('./extension-handlers.js').Unchanged} unchanged
 * @property {import('../builtin-modules.js').BuiltinModules} builtins
 * @property {RequireResolution} resolution
 * @property {ProgramHooks} hooks
 * @property {Compiler} compiled
 */

/**
 * Creates the function that makes the `require` of a module.
 *
 * Node does not warn of deprecated modules where a package requires them: among the ten frames above
 * it looks for one outside of scripts with names like its own. So these functions are of such a
 * script, and call what loads Node's modules themselves.
 */
const prepare = new Script(
  '"use strict"; (find, builtin, load) => (module) => function require(id) {' +
    ' const found = find(module, id);' +
    ' if (found === undefined) return module.require(id);' +
    ' if (found.loaded) return found.exports;' +
    ' if (found.path !== undefined) return load.call(module, found.path, id);' +
    ' found.exports = builtin(id); found.loaded = true;' +
    ' return found.exports; }',
  { filename: 'node:sealift/require' },
).runInThisContext();

class DirectRequire {
  #snapshot;
  #unchanged;
  #builtinModules;
  #resolution;
  #hooks;
  #compiled;
  /** @type {Map<string, number>} packaged files by path */ #files = new Map();
  /** @type {Map<number, string>} paths of packaged files */ #paths = new Map();
  /** @type {Map<string, Found>} Node's own modules */ #builtins = new Map();
  /** @type {Map<string, string>} paths of loaded modules by request, as Node remembers them */
  #remembered = new Map();
  /** @type {any[]} directory, specifier and path of those that are not in the map yet */
  #loaded = [];
  /** @type {Map<string, string[]>} `node_modules` directories by directory */
  #packagePaths = new Map();
  /** @type {Set<string>} requests that the program may have resolved: Node remembers them */
  #resolvedByProgram = new Set();
  #channel = requireChannel();
  /** @type {object | undefined} what warns of the use of unfinished exports */ #circular;
  /** @type {symbol | undefined} */ #executing;

  /** @param {Parts} parts */
  constructor({ snapshot, unchanged, builtins, resolution, hooks, compiled }) {
    this.#snapshot = snapshot;
    this.#unchanged = unchanged;
    this.#builtinModules = builtins;
    this.#resolution = resolution;
    this.#hooks = hooks;
    this.#compiled = compiled;
    setRequire(this.#makeRequire());
  }

  /**
   * Return what makes the `require` of a module. Below it, stack traces have the frames that they
   * have in plain Node.
   *
   * @returns {(module: CommonJsModule) => (id: string) => any}
   */
  #makeRequire() {
    const direct = this;
    /** @param {CommonJsModule} parent @param {string} path @param {string} id */
    const load = function (parent, path, id) {
      const module = newModule(path, parent);
      direct.#setPaths(module);
      direct.#unchanged.cache[path] = module;
      direct.#loaded.push(parent?.path, id, path);
      let isLoaded = false;
      try {
        module.load(path);
        isLoaded = true;
      } finally {
        if (!isLoaded) direct.#forget(requestOf(parent, id), path, module, parent);
      }
      direct.#endCircle(path, module);
      return module.exports;
    };
    Object.defineProperty(load, 'name', { value: 'Module._load' });
    /** @param {CommonJsModule} parent @param {string} path @param {string} id */
    function wrapModuleLoad(parent, path, id) {
      return load.call(Module, parent, path, id);
    }
    /** @this {CommonJsModule} @param {string} path @param {string} id */
    const require = function (path, id) {
      if (Module.registerHooks === undefined) return load.call(Module, this, path, id); // Node 20
      return wrapModuleLoad(this, path, id);
    };
    /** @param {CommonJsModule} module @param {unknown} id */
    const find = (module, id) => this.#find(module, id);
    return prepare(find, this.#builtinModules.original, require);
  }

  /**
   * Set where packages are searched, which Node would compute for each module of a directory again.
   *
   * @param {CommonJsModule} module that is not loaded yet
   */
  #setPaths(module) {
    if (internals._nodeModulePaths !== this.#unchanged.nodeModulePaths) return;
    const paths = this.#pathsIn(module.path);
    module.paths = paths.slice();
    this.#resolution.setFirstPath(module.id, paths[0]);
  }

  /**
   * @param {string} directory
   * @returns {string[]} where packages are searched for modules in it, as Node says it
   */
  #pathsIn(directory) {
    let paths = this.#packagePaths.get(directory);
    if (paths === undefined) {
      const { mountPoint, path } = this.#snapshot.paths;
      const above = directory.slice(0, directory.lastIndexOf(path.sep));
      if (above.length <= mountPoint.length) paths = internals._nodeModulePaths(directory);
      else if (directory.endsWith(`${path.sep}node_modules`)) paths = this.#pathsIn(above);
      else paths = [`${directory}${path.sep}node_modules`, ...this.#pathsIn(above)];
      this.#packagePaths.set(directory, paths);
    }
    return paths;
  }

  /** Whether Node's `Module._load` runs, and nothing else sees that it does. */
  get #loadsAsNode() {
    return internals._load === this.#unchanged.load && this.#channel?.hasSubscribers !== true;
  }

  /** Whether the program takes part in resolving. */
  get #isChanged() {
    return (
      internals._resolveFilename !== this.#unchanged.resolveFilename ||
      internals._cache !== this.#unchanged.cache ||
      this.#hooks.any
    );
  }

  /**
   * @param {CommonJsModule} parent that requires
   * @param {unknown} id specifier
   * @returns {Found | undefined} undefined: Node is to load it
   */
  #find(parent, id) {
    if (typeof id !== 'string' || parent.require !== this.#unchanged.require) return undefined;
    if (!this.#loadsAsNode) return undefined;
    if (this.#isChanged) return this.#recall(parent, id);
    const from = this.#snapshot.paths.hasMounts ? -1 : this.#fileOf(parent?.filename);
    if (from < 0) return undefined;
    const file = this.#resolution.stored(from, id, parent);
    if (file === undefined) return this.#builtin(id);
    if (file === null) return this.#recall(parent, id);
    if (this.#resolvedByProgram.size !== 0 && this.#resolvedByProgram.has(requestOf(parent, id))) {
      return undefined;
    }
    const path = this.#pathOf(file);
    const cached = this.#unchanged.cache[path];
    if (cached !== undefined) return asLoaded(parent, cached);
    const role = this.#snapshot.table.role(file);
    if (role !== Role.COMMONJS && role !== Role.JSON) return undefined;
    return { exports: undefined, loaded: false, path };
  }

  /** What `#remembered` is with all that is loaded. Most programs never need it. */
  get #requests() {
    for (let at = 0; at < this.#loaded.length; at += 3) {
      const [path, id, loaded] = this.#loaded.slice(at, at + 3);
      this.#remembered.set(requestOf({ path }, id), loaded);
    }
    this.#loaded.length = 0;
    return this.#remembered;
  }

  /**
   * Node remembers what a request in a directory has loaded, and asks no hook for it again.
   *
   * @param {CommonJsModule} parent
   * @param {string} id
   * @returns {Found | undefined}
   */
  #recall(parent, id) {
    const request = requestOf(parent, id);
    const path = this.#requests.get(request);
    const cached = path === undefined ? undefined : internals._cache[path];
    if (cached !== undefined) return asLoaded(parent, cached);
    this.#requests.delete(request);
    this.#resolvedByProgram.add(request);
    return undefined;
  }

  /**
   * @param {string} id
   * @returns {Found | undefined} one of Node's own modules, which is loaded when it is first
   *   required
   */
  #builtin(id) {
    // A program may have put another module in its place.
    if (this.#unchanged.cache[id] !== undefined) return undefined;
    let builtin = this.#builtins.get(id);
    if (builtin === undefined && Module.isBuiltin(id)) {
      this.#builtinModules.patch(id);
      builtin = { exports: undefined, loaded: false };
      this.#builtins.set(id, builtin);
    }
    return builtin;
  }

  /**
   * @param {string} request
   * @param {string} path
   * @param {CommonJsModule} module that has thrown
   * @param {CommonJsModule} parent
   */
  #forget(request, path, module, parent) {
    this.#requests.delete(request);
    delete this.#unchanged.cache[path];
    const { children } = parent;
    const at = Array.isArray(children) ? children.indexOf(module) : -1;
    if (at >= 0) children.splice(at, 1);
  }

  /**
   * Undo what Node does to the exports of an unfinished module that is required again: their
   * prototype is a proxy that warns.
   *
   * @param {string} path
   * @param {CommonJsModule} module
   */
  #endCircle(path, { exports }) {
    if (!exports || isProxy(exports)) return;
    const prototype = Object.getPrototypeOf(exports);
    if (prototype === Object.prototype || !isProxy(prototype)) return;
    this.#circular ??= this.#findCircular(path);
    if (prototype === this.#circular) Object.setPrototypeOf(exports, Object.prototype);
  }

  /**
   * Return Node's proxy, which it gives to any unfinished module.
   *
   * @param {string} path of a packaged file
   * @returns {object}
   */
  #findCircular(path) {
    const probe = newModule(path);
    const { [path]: before } = this.#unchanged.cache;
    this.#unchanged.cache[path] = probe;
    try {
      this.#unchanged.load.call(Module, path, undefined, false);
    } finally {
      if (before === undefined) delete this.#unchanged.cache[path];
      else this.#unchanged.cache[path] = before;
    }
    return Object.getPrototypeOf(probe.exports);
  }

  /**
   * @param {CommonJsModule} module
   * @param {string} filename
   * @returns {((this: CommonJsModule) => void) | null} runs a module that is compiled already, in
   *   place of `_compile`; null: Node is to compile it
   */
  runnerFor(module, filename) {
    if (module._compile !== this.#unchanged.compile || this.#hooks.replacesWrapper) return null;
    const file = this.#plainFile(filename);
    if (file < 0 || this.#snapshot.table.role(file) !== Role.COMMONJS) return null;
    const compiled = this.#compiled(file, filename);
    if (compiled === null) return null;
    const symbol = (this.#executing ??= executingSymbol());
    return function _compile() {
      const marked = /** @type {any} */ (this);
      marked[symbol] = true;
      Reflect.apply(compiled, this.exports, argumentsOf(this, filename));
      marked[symbol] = false;
    };
  }

  /**
   * @param {string} filename
   * @returns {((this: CommonJsModule) => void) | null} sets the exports of a JSON file; null: Node
   *   reads it, and throws the error of a text that is not JSON
   */
  readerFor(filename) {
    const file = this.#plainFile(filename);
    if (file < 0) return null;
    const text = this.#snapshot.table.text(file);
    try {
      const value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
      return function read() {
        this.exports = value;
      };
    } catch {
      return null;
    }
  }

  /** @param {string} filename @returns {number} the packaged file, or negative: Node loads it */
  #plainFile(filename) {
    if (this.#hooks.any || this.#snapshot.paths.hasMounts) return -1;
    return process.sourceMapsEnabled ? -1 : this.#fileOf(filename);
  }

  /**
   * @param {string | null | undefined} path
   * @returns {number} the packaged file that has exactly this path, or negative
   */
  #fileOf(path) {
    if (typeof path !== 'string') return -1;
    let file = this.#files.get(path);
    if (file === undefined) {
      file = this.#snapshot.find(path);
      if (file >= 0 && this.#pathOf(file) !== path) file = -1;
      if (file >= 0) this.#files.set(path, file);
    }
    return file;
  }

  /** @param {number} file @returns {string} */
  #pathOf(file) {
    let path = this.#paths.get(file);
    if (path === undefined) {
      path = this.#snapshot.pathOf(file);
      this.#paths.set(file, path);
      this.#files.set(path, file);
    }
    return path;
  }
}

/**
 * @param {{path: string | undefined} | undefined} parent
 * @param {string} id
 * @returns {string} what Node remembers a resolution by
 */
function requestOf(parent, id) {
  return `${parent?.path}\0${id}`;
}

/**
 * @param {CommonJsModule} parent
 * @param {any} cached value in `require.cache`
 * @returns {Found | undefined} undefined: Node warns of the circle, if it is one
 */
function asLoaded(parent, cached) {
  if (!cached?.loaded) return undefined;
  const { children } = parent;
  if (children && !children.includes(cached)) children.push(cached);
  return cached;
}

module.exports = { DirectRequire };

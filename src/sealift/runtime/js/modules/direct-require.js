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
const { types } = require('node:util');
const { Script } = require('node:vm');
const { internals, modulePrototype, compileSource, newModule } = require('../node-internals.js');
const { Role } = require('../table.js');

/**
 * @typedef {import('../snapshot.js').Snapshot} Snapshot
 * @typedef {import('../node-internals.js').CommonJsModule} CommonJsModule
 * @typedef {import('./program-hooks.js').ProgramHooks} ProgramHooks
 * @typedef {import('./require-resolution.js').RequireResolution} RequireResolution
 * @typedef {(...args: any[]) => unknown} Compiled
 * @typedef {{exports: any, loaded: boolean}} Loaded
 *
 * What this module needs of others.
 *
 * @typedef {object} Parts
 * @property {Snapshot} snapshot
 * @property {import('../builtin-modules.js').BuiltinModules} builtins
 * @property {RequireResolution} resolution
 * @property {ProgramHooks} hooks
 * @property {(file: number, filename: string) => Compiled | null} compiled returns the function of
 *   a CommonJS module; null: Node must compile its source
 */

/** Environment variables, and options, with which Node itself has to load every module. */
const WATCHING = ['NODE_V8_COVERAGE', 'WATCH_REPORT_DEPENDENCIES'];
const WATCHED =
  /(?:^|\s)--(?:inspect-brk|trace-event|trace-require-module|experimental-policy|experimental-default-type|policy-integrity)/;
const DEBUGGED = /(?:^|,)\s*(?:module|\*)/i;

/**
 * Node does not warn of deprecated modules where a package requires them: among the ten frames above
 * it looks for one outside of scripts with names like its own. So this function is of such a script,
 * and calls what loads Node's modules itself.
 */
const makeRequire = new Script(
  '"use strict"; (find, builtin, load) => function require(id) {' +
    ' const found = find(this, id);' +
    ' if (found === undefined) return load.call(this, id);' +
    ' if (!found.loaded) { found.exports = builtin(id); found.loaded = true; }' +
    ' return found.exports; }',
  { filename: 'node:sealift/direct' },
).runInThisContext();

class DirectRequire {
  #snapshot;
  #builtinModules;
  #resolution;
  #hooks;
  #compiled;
  /** @type {Map<string, number>} packaged files by path */ #files = new Map();
  /** @type {Map<number, string>} paths of packaged files */ #paths = new Map();
  /** @type {Map<string, Loaded>} Node's own modules */ #builtins = new Map();
  /** @type {Map<string, string>} paths of loaded modules by request, as Node remembers them */
  #remembered = new Map();
  /** @type {Set<string>} requests that the program may have resolved: Node remembers them */
  #resolvedByProgram = new Set();
  /** @type {{hasSubscribers: boolean} | undefined} */ #channel;
  /** @type {object | undefined} what warns of the use of unfinished exports */ #circular;
  /** @type {symbol | undefined} */ #executing;

  /** Node's own parts, before the program can replace them. */
  #cache = internals._cache;
  #load = internals._load;
  #resolveFilename = internals._resolveFilename;
  #compile = modulePrototype._compile;

  /** @param {Parts} parts */
  constructor({ snapshot, builtins, resolution, hooks, compiled }) {
    this.#snapshot = snapshot;
    this.#builtinModules = builtins;
    this.#resolution = resolution;
    this.#hooks = hooks;
    this.#compiled = compiled;
  }

  /** Install it in this thread, after everything else that the runtime replaces in `Module`. */
  install() {
    if (isWatched()) return;
    this.#resolveFilename = internals._resolveFilename;
    this.#compile = modulePrototype._compile;
    this.#channel = requireChannel();
    const { require: load } = modulePrototype;
    /** @param {CommonJsModule} parent @param {unknown} id */
    const find = (parent, id) => this.#find(parent, id);
    modulePrototype.require = makeRequire(find, this.#builtinModules.original, load);
    this.#handle('.js', (module, filename) => this.#runs(module, filename));
    this.#handle('.json', (module, filename) => this.#reads(module, filename));
  }

  /**
   * @param {string} extension
   * @param {(module: CommonJsModule, filename: string) => boolean} handles whether it has loaded
   *   the module
   */
  #handle(extension, handles) {
    const original = internals._extensions[extension];
    // This form of assignment gives the function Node's name in stack traces.
    internals._extensions[extension] = function (
      /** @type {CommonJsModule} */ module,
      /** @type {string} */ filename,
    ) {
      if (!handles(module, filename)) original.call(this, module, filename);
    };
  }

  /** Whether Node's `Module._load` runs, and nothing else sees that it does. */
  get #loadsAsNode() {
    return internals._load === this.#load && this.#channel?.hasSubscribers !== true;
  }

  /** Whether the program takes part in resolving. */
  get #isChanged() {
    return (
      internals._resolveFilename !== this.#resolveFilename ||
      internals._cache !== this.#cache ||
      this.#hooks.any
    );
  }

  /**
   * @param {CommonJsModule} parent that requires
   * @param {unknown} id specifier
   * @returns {Loaded | undefined} undefined: Node is to load it
   */
  #find(parent, id) {
    if (typeof id !== 'string' || !this.#loadsAsNode) return undefined;
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
    const cached = this.#cache[path];
    if (cached !== undefined) return asLoaded(parent, cached);
    const role = this.#snapshot.table.role(file);
    if (role !== Role.COMMONJS && role !== Role.JSON) return undefined;
    return this.#create(path, parent, id);
  }

  /**
   * Node remembers what a request in a directory has loaded, and asks no hook for it again.
   *
   * @param {CommonJsModule} parent
   * @param {string} id
   * @returns {Loaded | undefined}
   */
  #recall(parent, id) {
    const request = requestOf(parent, id);
    const path = this.#remembered.get(request);
    const cached = path === undefined ? undefined : internals._cache[path];
    if (cached !== undefined) return asLoaded(parent, cached);
    this.#remembered.delete(request);
    this.#resolvedByProgram.add(request);
    return undefined;
  }

  /**
   * @param {string} id
   * @returns {Loaded | undefined} one of Node's own modules, which is loaded when it is first
   *   required
   */
  #builtin(id) {
    // A program may have put another module in its place.
    if (this.#cache[id] !== undefined) return undefined;
    let builtin = this.#builtins.get(id);
    if (builtin === undefined && Module.isBuiltin(id)) {
      this.#builtinModules.patch(id);
      builtin = { exports: undefined, loaded: false };
      this.#builtins.set(id, builtin);
    }
    return builtin;
  }

  /**
   * Do what Node's `Module._load` does when it has found a file that is not loaded yet.
   *
   * @param {string} path
   * @param {CommonJsModule} parent
   * @param {string} id
   * @returns {CommonJsModule}
   */
  #create(path, parent, id) {
    const module = newModule(path, parent);
    const request = requestOf(parent, id);
    this.#cache[path] = module;
    this.#remembered.set(request, path);
    let isLoaded = false;
    try {
      module.load(path);
      isLoaded = true;
    } finally {
      if (!isLoaded) {
        this.#remembered.delete(request);
        this.#forget(path, module, parent);
      }
    }
    this.#endCircle(path, module);
    return module;
  }

  /** @param {string} path @param {CommonJsModule} module @param {CommonJsModule} parent */
  #forget(path, module, parent) {
    delete this.#cache[path];
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
    if (!exports || types.isProxy(exports)) return;
    const prototype = Object.getPrototypeOf(exports);
    if (prototype === Object.prototype || !types.isProxy(prototype)) return;
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
    const { [path]: before } = this.#cache;
    this.#cache[path] = probe;
    try {
      this.#load.call(Module, path, undefined, false);
    } finally {
      if (before === undefined) delete this.#cache[path];
      else this.#cache[path] = before;
    }
    return Object.getPrototypeOf(probe.exports);
  }

  /**
   * Run a module that is compiled already.
   *
   * @param {CommonJsModule} module
   * @param {string} filename
   * @returns {boolean} false: nothing was done
   */
  #runs(module, filename) {
    if (module._compile !== this.#compile || this.#hooks.replacesWrapper) return false;
    const file = this.#plainFile(filename);
    if (file < 0) return false;
    const compiled = this.#compiled(file, filename);
    if (compiled === null) return false;
    const { argumentsOf } = require('../bytecode/commonjs.js');
    const symbol = (this.#executing ??= executingSymbol());
    /** @type {any} */ (module)[symbol] = true;
    Reflect.apply(compiled, module.exports, argumentsOf(module, filename));
    /** @type {any} */ (module)[symbol] = false;
    return true;
  }

  /**
   * Read a JSON file.
   *
   * @param {CommonJsModule} module
   * @param {string} filename
   * @returns {boolean} false: nothing was done; Node throws the error of a text that is not JSON
   */
  #reads(module, filename) {
    const file = this.#plainFile(filename);
    if (file < 0) return false;
    const text = this.#snapshot.table.text(file);
    let value;
    try {
      value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
    } catch {
      return false;
    }
    module.exports = value;
    return true;
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
 * @param {CommonJsModule} parent
 * @param {string} id
 * @returns {string} what Node remembers a resolution by
 */
function requestOf(parent, id) {
  return `${parent?.path}\0${id}`;
}

/**
 * @param {CommonJsModule} parent
 * @param {any} cached value in `require.cache`
 * @returns {Loaded | undefined} undefined: Node warns of the circle, if it is one
 */
function asLoaded(parent, cached) {
  if (!cached?.loaded) return undefined;
  const { children } = parent;
  if (children && !children.includes(cached)) children.push(cached);
  return cached;
}

/** @returns {boolean} whether something observes how this process loads modules */
function isWatched() {
  const { env, execArgv } = process;
  return (
    WATCHING.some((name) => env[name]) ||
    DEBUGGED.test(env.NODE_DEBUG ?? '') ||
    WATCHED.test(`${execArgv.join(' ')} ${env.NODE_OPTIONS ?? ''}`)
  );
}

/** @returns {{hasSubscribers: boolean} | undefined} Node's channel for each `require` */
function requireChannel() {
  if (Module.registerHooks === undefined) return undefined;
  return require('node:diagnostics_channel').tracingChannel('module.require');
}

/**
 * Return the symbol by which Node marks a module that is running: an ES module that it requires
 * must not import it.
 *
 * @returns {symbol}
 */
function executingSymbol() {
  const probe = newModule('sealift:probe');
  compileSource.call(probe, '', probe.id);
  const named = Object.getOwnPropertySymbols(probe).find(
    ({ description }) => description === 'kIsExecuting',
  );
  return named ?? Symbol('unused');
}

module.exports = { DirectRequire };

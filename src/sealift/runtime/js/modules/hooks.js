'use strict';

/**
 * Makes `require` and `import` find the packaged files.
 *
 * - `import` is resolved, and every packaged module loaded, by `module.registerHooks`.
 * - `require` is resolved in `Module._resolveFilename`, which Node's default step calls from the hooks'
 *   chain. A resolve hook alone would fall short: it does not see the `paths` of
 *   `require.resolve`, Node 22 does not call it for `require.resolve` at all, and a program that puts its own
 *   function in that place (module-alias, tsconfig-paths) would be passed over.
 *
 * A static specifier's answer is stored with the file that has it; anything else goes to modules/resolver.js. What
 * is not packaged is left to Node, which finds it on the disk or throws its own error.
 */

const Module = require('node:module');
const { fileURLToPath, pathToFileURL } = require('node:url');
const { FILE, MISSING } = require('../table.js');
const { parentOf } = require('../paths.js');
const { formatOf, hasModuleSyntax, checkType, unknownExtension } = require('./formats.js');

/**
 * @typedef {import('../snapshot.js').Snapshot} Snapshot
 * @typedef {{filename?: string | null, paths?: string[]}} Parent
 * @typedef {{paths?: string[], conditions?: Iterable<string>}} ResolveOptions
 *
 * Something to do before a program gets one of Node's own modules for the first time.
 * @typedef {{names: string[], install: () => void}} Patch
 *
 * What Node's `Module` has besides its documented members.
 * @typedef {object} ModuleInternals
 * @property {(request: string, parent?: Parent | null, isMain?: boolean, options?: ResolveOptions) => string} _resolveFilename
 * @property {(request: string, parent?: Parent | null) => string[] | null} _resolveLookupPaths
 * @property {(request: string, paths: string[], isMain: boolean) => string | false} _findPath
 * @property {(directory: string) => string[]} _nodeModulePaths
 * @property {Record<string, unknown>} _extensions
 */

const internals = /** @type {ModuleInternals} */ (/** @type {unknown} */ (Module));
const { isBuiltin } = Module;

// Of Node 20's `require`, ES modules cannot import packaged files: CommonJS is preferred (releases.py).
const MODULE_SYNC = process.version.startsWith('v20.') ? [] : ['module-sync'];
const CONDITIONS = [...userConditions(), 'node', 'node-addons', ...MODULE_SYNC];
const REQUIRE_CONDITIONS = ['require', ...CONDITIONS];
const IMPORT_CONDITIONS = ['import', ...CONDITIONS];
const RELATIVE = /^\.{1,2}(?:[\\/]|$)/;
const NEEDS_NO_ESCAPE = /^[\w\-./@+~!$&'()*,;=]*$/;
const IS_PLAIN_URL = /^file:\/\/\/[^%?#]*$/;
const URL_PREFIX = process.platform === 'win32' ? 'file:///'.length : 'file://'.length;
const OWN_FRAME = /sealift:runtime|node:internal\/modules\/customization_hooks/;
const OWN_FRAMES = 16;
const NOT_INCLUDED =
  '\n1) If you want to compile the package/file into executable, please pay attention to compilation ' +
  "warnings and specify a literal in 'require' call. 2) If you don't want to compile the package/file " +
  "into executable and want to 'require' it from filesystem (likely plugin), specify an absolute path in " +
  "'require' call using process.cwd() or process.execPath.";

class ModuleLoader {
  #snapshot;
  /** @type {import('./resolver.js').Resolver | undefined} */ #searching;
  /** @type {Map<number, string>} */ #urls = new Map();
  /** @type {Map<string, number>} */ #indexes = new Map();
  /** @type {Map<string, number>} */ #parents = new Map();

  /** @type {Map<string, () => void>} */ #patches = new Map();
  /** @type {import('../bytecode/loader.js').CompiledModules | undefined} */ #compiled;

  /**
   * @param {Snapshot} snapshot
   * @param {Patch[]} patches
   */
  constructor(snapshot, patches) {
    this.#snapshot = snapshot;
    for (const { names, install } of patches) {
      const keys = names.flatMap((name) => [name, `node:${name}`]);
      const once = () => {
        for (const key of keys) this.#patches.delete(key);
        install();
      };
      for (const key of keys) this.#patches.set(key, once);
    }
    if (snapshot.bytecode !== undefined) {
      const { CompiledModules } = require('../bytecode/loader.js');
      this.#compiled = new CompiledModules(snapshot, snapshot.bytecode, {
        indexOf: (url) => this.#indexOf(url),
        resolveImport: (specifier, parentURL) => this.#resolvePackaged(specifier, parentURL),
        conditions: IMPORT_CONDITIONS,
      });
    }
  }

  /** What searches; the stored answers make it unnecessary as a rule. */
  get #resolver() {
    if (this.#searching === undefined) {
      const { Resolver } = require('./resolver.js');
      const { table, paths, manifests } = this.#snapshot;
      const extensions = () => Object.keys(internals._extensions);
      this.#searching = new Resolver(table, paths, manifests, extensions);
    }
    return this.#searching;
  }

  /**
   * Put the hooks in place, in this thread.
   *
   * @param {string} loaderSource text of the function that makes the loader, for a thread of hooks
   */
  install(loaderSource) {
    const resolveFilename = internals._resolveFilename;
    const loader = this;
    internals._resolveFilename = function (request, parent, isMain, options) {
      const file = loader.#resolveRequire(request, parent ?? undefined, options);
      if (typeof file === 'string') return file;
      if (file >= 0) {
        return loader.#snapshot.paths.fromLocation(loader.#snapshot.table.locationOf(file));
      }
      const asks = parent?.filename;
      return loader.#explaining(request, asks, () =>
        resolveFilename.call(this, request, parent, isMain, options),
      );
    };
    this.#compiled?.install();
    const { getBuiltinModule } = process;
    process.getBuiltinModule = /** @param {string} id @returns {any} */ (id) => {
      this.#patches.get(id)?.();
      return getBuiltinModule(id);
    };
    if (Module.registerHooks === undefined) {
      require('./node20.js').install(this, this.#snapshot, loaderSource);
      return;
    }
    Module.registerHooks(this.hooks);
    this.#compiled?.heedHooks();
  }

  /** What resolves and loads packaged modules, as `module.registerHooks` takes it. */
  get hooks() {
    return {
      /** @type {Module.ResolveHookSync} */
      resolve: (specifier, context, next) => this.#resolve(specifier, context, next),
      /** @type {Module.LoadHookSync} */
      load: (url, context, next) => this.#load(url, context, next),
    };
  }

  /** @param {number} file @returns {string} what tells the names that a CommonJS module exports, as its source would */
  textForNames(file) {
    return this.#compiled?.namesOf(file) ?? this.#snapshot.table.text(file);
  }

  /** Patch all of Node's own modules that are patched, before anybody asks for them. */
  patchAll() {
    for (const patch of new Set(this.#patches.values())) patch();
  }

  /**
   * @param {string} specifier
   * @param {Module.ResolveHookContext} context
   * @param {Parameters<Module.ResolveHookSync>[2]} next
   * @returns {Module.ResolveFnOutput}
   */
  #resolve(specifier, context, next) {
    this.#patches.get(specifier)?.();
    // `require`: Node's own step calls Module._resolveFilename.
    const conditions = conditionsOf(context);
    if (!conditions.includes('import')) return next(specifier, context);
    const { parentURL } = context;
    if (parentURL === undefined) this.#started(specifier);
    const parent = parentURL === undefined ? MISSING : this.#indexOf(parentURL);
    const suffix = suffixOf(specifier);
    if (parent >= 0) {
      const answer = this.#snapshot.table.answer(parent, 'import', specifier);
      if (typeof answer === 'number') return this.#resolved(answer, suffix);
    }
    if (isBuiltin(specifier)) return next(specifier, context);
    const file = this.#resolveImport(specifier, parent, parentURL, conditions);
    if (typeof file === 'string') return next(file, context);
    if (file >= 0) return this.#resolved(file, suffix);
    if (parent < 0) return next(specifier, context);
    return this.#explaining(specifier, this.#pathOf(parent), () => next(specifier, context));
  }

  /**
   * @param {string} url
   * @param {Module.LoadHookContext} context
   * @param {Parameters<Module.LoadHookSync>[2]} next
   * @returns {Module.LoadFnOutput}
   */
  #load(url, context, next) {
    const file = this.#indexOf(url);
    if (file < 0) return next(this.#outside(url), context);
    const { table } = this.#snapshot;
    const imported = conditionsOf(context).includes('import');
    const compiled = this.#compiled?.load(url, file, imported) ?? null;
    if (compiled !== null) return compiled;
    let format = formatOf(this.#snapshot, file);
    if (imported) checkType(url, format, context.importAttributes?.type);
    if (format === 'wasm' || format === 'addon') {
      return { format, source: table.copy(file), shortCircuit: true };
    }
    const source = table.text(file);
    if (format === 'unknown') return this.#loadUnknown(file, source, context, imported);
    if (format === 'ambiguous') {
      // For `require` Node finds out by itself, while it compiles.
      if (!imported) return { format: undefined, source, shortCircuit: true };
      format = hasModuleSyntax(source) ? 'module' : 'commonjs';
    }
    // Node 22 gives a CommonJS module that is imported with its source a `require` that is not the real
    // one (no cache, no hooks). This name makes it take the source for the names of the exports alone and
    // load the module as any other; later releases treat the two names alike.
    const name = imported && format === 'commonjs' ? 'commonjs-sync' : format;
    return { format: name, source, shortCircuit: true };
  }

  /** @param {string} specifier what Node's own loader begins with */
  #started(specifier) {
    if (this.#compiled !== undefined && specifier.startsWith('file:')) {
      this.#compiled.main = specifier;
    }
  }

  /**
   * @param {string} specifier
   * @param {string} parentURL of a packaged module
   * @returns {string | null} URL of what an `import` means, null if it is not packaged
   */
  #resolvePackaged(specifier, parentURL) {
    const context = { conditions: IMPORT_CONDITIONS, importAttributes: {}, parentURL };
    const nothing = /** @type {any} */ (() => null);
    return this.#resolve(specifier, context, nothing)?.url ?? null;
  }

  /**
   * @param {number} file
   * @param {string} source
   * @param {Module.LoadHookContext} context
   * @param {boolean} imported
   * @returns {Module.LoadFnOutput}
   */
  #loadUnknown(file, source, context, imported) {
    // `require` gives a file to the handler of its extension, or takes it for CommonJS.
    if (!imported) return { format: undefined, source, shortCircuit: true };
    if (context.importAttributes?.type === 'text') {
      return { format: 'text', source, shortCircuit: true };
    }
    throw unknownExtension(this.#pathOf(file));
  }

  /**
   * @param {string} specifier
   * @param {number} parent
   * @param {string | undefined} parentURL
   * @param {readonly string[]} conditions
   * @returns {number | string} index, MISSING, or what Node is to resolve instead
   */
  #resolveImport(specifier, parent, parentURL, conditions) {
    const from = parent >= 0 ? this.#pathOf(parent) : String(parentURL);
    if (specifier[0] === '/' || RELATIVE.test(specifier) || URL.canParse(specifier)) {
      const base = parentURL ?? 'file:///';
      if (!URL.canParse(specifier, base)) return MISSING;
      const url = new URL(specifier, base);
      const location = this.#snapshot.paths.toLocation(url);
      if (location !== null) return this.#resolver.importPath(location, from);
      const outside = this.#outside(url.href);
      return outside === url.href ? MISSING : outside;
    }
    if (parent < 0) return MISSING;
    const directory = parentOf(this.#snapshot.table.locationOf(parent));
    if (specifier[0] !== '#') {
      return this.#resolver.importBare(directory, specifier, conditions, from);
    }
    const found = this.#resolver.internal(directory, specifier, conditions, from);
    if (typeof found === 'number' || isBuiltin(found)) return found;
    return this.#resolver.importBare(directory, found, conditions, from);
  }

  /**
   * @param {string} request
   * @param {Parent | undefined} parent
   * @param {ResolveOptions | undefined} options
   * @returns {number | string} index, MISSING, or the path of a file under a mount
   */
  #resolveRequire(request, parent, options) {
    const { paths, table } = this.#snapshot;
    const filename = parent?.filename ?? '';
    const isRelative = RELATIVE.test(request);
    if (options?.paths === undefined) {
      const file = this.#parentOf(filename);
      if (file >= 0) {
        const answer = table.answer(file, 'require', request);
        if (typeof answer === 'number') return answer;
      }
      if (isBuiltin(request)) return MISSING;
      if (isRelative) {
        return filename === '' ? MISSING : this.#requirePath(paths.path.dirname(filename), request);
      }
    } else if (isBuiltin(request)) {
      return MISSING;
    }
    if (paths.path.isAbsolute(request)) return this.#requirePath('', request);
    const conditions =
      options?.conditions === undefined ? REQUIRE_CONDITIONS : [...options.conditions];
    if (isRelative) {
      return this.#firstOf(/** @type {string[]} */ (options?.paths), request, conditions);
    }
    const location = filename === '' ? null : paths.toLocation(filename);
    if (location !== null) {
      const directory = parentOf(location);
      if (request[0] === '#') {
        const found = this.#resolver.internal(directory, request, conditions, filename);
        if (typeof found === 'number') return found;
        return this.#resolveRequire(found, parent, options);
      }
      const own = this.#resolver.self(directory, request, conditions, filename);
      if (own >= 0) return own;
    }
    return this.#firstOf(this.#lookupPaths(request, parent, options), request, conditions);
  }

  /**
   * @param {string} base absolute path, or ''
   * @param {string} request
   * @returns {number | string} index, MISSING, or the path of a file under a mount
   */
  #requirePath(base, request) {
    const { path } = this.#snapshot.paths;
    const resolved = path.resolve(base, request);
    const ending =
      request.endsWith('/') || request.endsWith('/.') || request.endsWith('..') ? '/' : '';
    const location = this.#snapshot.paths.toLocation(resolved + ending);
    if (location === null) return this.#underMount('', resolved);
    if (ending === '') {
      // A file that is named in full, as the entry is, needs no search, and no loading of modules/resolver.js.
      const file = this.#snapshot.table.lookup(location);
      if (file >= 0 && this.#snapshot.table.kind(file) === FILE) return file;
    }
    return this.#resolver.path(location);
  }

  /**
   * The first of some directories in which a request is found. Those on the disk are searched by Node.
   *
   * @param {string[]} directories
   * @param {string} request
   * @param {readonly string[]} conditions
   * @returns {number | string} as `#requirePath`; MISSING too if it is found on the disk first
   */
  #firstOf(directories, request, conditions) {
    const { paths } = this.#snapshot;
    if (!directories.some((directory) => paths.toLocation(directory) !== null)) return MISSING;
    for (const directory of directories) {
      const location = paths.toLocation(directory);
      if (location === null) {
        const mounted = this.#underMount(directory, request);
        if (typeof mounted === 'string') return mounted;
        if (internals._findPath(request, [directory], false)) return MISSING;
        continue;
      }
      const file = RELATIVE.test(request)
        ? this.#requirePath(directory, request)
        : this.#resolver.packageIn(location, request, conditions);
      if (typeof file === 'string' || file >= 0) return file;
    }
    return MISSING;
  }

  /**
   * What Node finds at the place on the disk that is mounted here, by the name that it has here.
   *
   * @param {string} directory
   * @param {string} request
   * @returns {number | string} the file's path, or MISSING
   */
  #underMount(directory, request) {
    const { paths } = this.#snapshot;
    const inside = directory === '' ? request : directory;
    const outside = paths.outside(inside);
    if (outside === inside) return MISSING;
    const found =
      directory === ''
        ? internals._findPath(outside, [''], false)
        : internals._findPath(request, [outside], false);
    return found ? paths.inside(found) : MISSING;
  }

  /**
   * @param {string} request
   * @param {Parent | undefined} parent
   * @param {ResolveOptions | undefined} options
   * @returns {string[]} `node_modules` directories and the like, in Node's order
   */
  #lookupPaths(request, parent, options) {
    if (options?.paths === undefined) return internals._resolveLookupPaths(request, parent) ?? [];
    const found = options.paths.flatMap(
      (path) =>
        internals._resolveLookupPaths(request, { paths: internals._nodeModulePaths(path) }) ?? [],
    );
    return [...new Set(found)];
  }

  /**
   * Let Node search, and fail; then say what to do if it is a packaged file that lacks something.
   *
   * @template T
   * @param {string} request
   * @param {string | null | undefined} filename of the module that asks
   * @param {() => T} search
   * @returns {T}
   */
  #explaining(request, filename, search) {
    const { paths } = this.#snapshot;
    if (!filename || paths.path.isAbsolute(request) || paths.toLocation(filename) === null) {
      return search();
    }
    const limit = Error.stackTraceLimit;
    // With --frozen-intrinsics it cannot be changed.
    const isRaised = limit > 0 && !Object.isFrozen(Error);
    try {
      // Our own frames shall not push the program's out of the stack trace.
      if (isRaised) Error.stackTraceLimit = limit + OWN_FRAMES;
      const found = search();
      if (!(found instanceof Promise)) return found;
      // Node 20's hooks.
      return /** @type {any} */ (found.catch((error) => Promise.reject(explained(error, limit))));
    } catch (error) {
      throw explained(/** @type {NodeJS.ErrnoException} */ (error), limit);
    } finally {
      if (isRaised) Error.stackTraceLimit = limit;
    }
  }

  /** @param {number} file @param {string} suffix query and fragment @returns {Module.ResolveFnOutput} */
  #resolved(file, suffix) {
    let url = this.#urls.get(file);
    if (url === undefined) {
      const path = this.#pathOf(file);
      url =
        path[0] === '/' && NEEDS_NO_ESCAPE.test(path) ? `file://${path}` : pathToFileURL(path).href;
      this.#urls.set(file, url);
      this.#indexes.set(url, file);
    }
    return { url: url + suffix, shortCircuit: true };
  }

  /** @param {string} url @returns {string} of the file on the disk, if the file is under a mount */
  #outside(url) {
    if (!url.includes('/snapshot') || !url.startsWith('file:')) return url;
    const path = fileURLToPath(url);
    const outside = this.#snapshot.paths.outside(path);
    return outside === path ? url : pathToFileURL(outside).href;
  }

  /** @param {string} url @returns {number} index of the packaged file, or MISSING */
  #indexOf(url) {
    let file = this.#indexes.get(url);
    if (file !== undefined) return file;
    if (!url.includes('/snapshot') || !url.startsWith('file:')) return MISSING;
    file = this.#snapshot.find(IS_PLAIN_URL.test(url) ? url.slice(URL_PREFIX) : new URL(url));
    if (file < 0 || this.#snapshot.table.kind(file) !== FILE) return MISSING;
    this.#indexes.set(url, file);
    return file;
  }

  /** @param {string} filename @returns {number} index of the packaged file, or MISSING */
  #parentOf(filename) {
    let file = this.#parents.get(filename);
    if (file === undefined) {
      file = filename === '' ? MISSING : this.#snapshot.find(filename);
      this.#parents.set(filename, file);
    }
    return file;
  }

  /** @param {number} file @returns {string} */
  #pathOf(file) {
    return this.#snapshot.paths.fromLocation(this.#snapshot.table.locationOf(file));
  }
}

/**
 * @param {NodeJS.ErrnoException} error
 * @param {number} limit of frames
 * @returns {NodeJS.ErrnoException}
 */
function explained(error, limit) {
  const { code, message, stack } = error;
  if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') return error;
  error.message = message + NOT_INCLUDED;
  if (stack !== undefined) {
    const [head, ...frames] = stack.replace(message, () => error.message).split('\n    at ');
    const others = frames.filter((frame) => !OWN_FRAME.test(frame)).slice(0, limit);
    error.stack = [head, ...others].join('\n    at ');
  }
  return error;
}

/** @param {{conditions: Iterable<string>}} context of a hook; some releases give a set @returns {readonly string[]} */
function conditionsOf({ conditions }) {
  return Array.isArray(conditions) ? conditions : [...conditions];
}

/** @returns {Set<string>} those that were given to Node, when it was built or in the environment */
function userConditions() {
  const given = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)];
  if (!given.some((word) => word.startsWith('--conditions') || word.startsWith('-C'))) {
    return new Set();
  }
  const { parse } = require('../processes/node-options.js');
  const found = new Set();
  for (const { name, value } of parse(given.filter((word) => word !== '')).options) {
    if (name === '--conditions') found.add(value);
  }
  return found;
}

/** @param {string} specifier @returns {string} query and fragment of one that is a URL or a path */
function suffixOf(specifier) {
  const isPath = specifier[0] === '.' || specifier[0] === '/' || specifier.startsWith('file:');
  const start = isPath ? specifier.search(/[?#]/) : -1;
  return start < 0 ? '' : specifier.slice(start);
}

module.exports = { ModuleLoader };

'use strict';

/**
 * Makes `require` and `import` find the packaged files.
 *
 * - `module.registerHooks` resolves every `import` and loads every packaged module.
 * - `Module._resolveFilename` resolves every `require`; Node's default step of the hooks calls it.
 *   A resolve hook alone is not enough: it does not see the `paths` of `require.resolve`, Node 22
 *   does not call it for `require.resolve` at all, and it would bypass programs that replace
 *   `Module._resolveFilename` themselves (module-alias, tsconfig-paths).
 *
 * The build has stored the resolutions of static specifiers with the file that contains them;
 * require-resolution.js and import-resolution.js resolve all others. Specifiers of files that are
 * not packaged go on to Node, which finds them on the disk or throws its own error.
 */

const Module = require('node:module');
const { internals } = require('../node-internals.js');
const { MISSING } = require('../table.js');
const { IMPORT_CONDITIONS } = require('./conditions.js');
const { formatOf, hasModuleSyntax, checkType, unknownExtension } = require('./formats.js');
const { ExtensionHandlers } = require('./extension-handlers.js');
const { PackagedUrls } = require('./packaged-urls.js');
const { ProgramHooks } = require('./program-hooks.js');
const { RequireResolution } = require('./require-resolution.js');

/** @typedef {import('../snapshot.js').Snapshot} Snapshot */

const OWN_FRAMES = 16;

class ModuleHooks {
  #snapshot;
  #builtins;
  #urls;
  #requires;
  #programHooks = new ProgramHooks();
  /** @type {import('../bytecode/loader.js').BytecodeLoader | undefined} */ #bytecode;

  /**
   * @param {Snapshot} snapshot
   * @param {import('../builtin-modules.js').BuiltinModules} builtins
   */
  constructor(snapshot, builtins) {
    this.#snapshot = snapshot;
    this.#builtins = builtins;
    this.#urls = new PackagedUrls(snapshot);
    this.#requires = new RequireResolution(snapshot);
    if (snapshot.bytecode !== undefined && !snapshot.bytecode.isHint) {
      const { BytecodeLoader } = require('../bytecode/loader.js');
      this.#bytecode = new BytecodeLoader(
        snapshot,
        snapshot.bytecode,
        builtins,
        this.#programHooks,
        {
          indexOf: (url) => this.#urls.indexOf(url),
          resolveImport: (specifier, parentURL) => this.#resolvePackaged(specifier, parentURL),
          conditions: IMPORT_CONDITIONS,
        },
      );
    }
  }

  /**
   * Install the hooks in this thread.
   *
   * @param {string} loaderSource text of the function that creates the loader, for Node 20's thread
   *   of hooks
   */
  install(loaderSource) {
    const resolveFilename = internals._resolveFilename;
    const hooks = this;
    internals._resolveFilename = function (request, parent, isMain, options) {
      const packaged = () => {
        const file = hooks.#requires.resolve(request, parent ?? undefined, options);
        return typeof file === 'string' || file < 0 ? file : hooks.#snapshot.pathOf(file);
      };
      const found = packaged();
      if (typeof found === 'string') return found;
      try {
        return hooks.#withAdvice(request, parent?.filename, () =>
          resolveFilename.call(this, request, parent, isMain, options),
        );
      } catch (error) {
        if (hooks.#requires.findLink(request, parent ?? undefined, options)) {
          const linked = packaged();
          if (typeof linked === 'string') return linked;
        }
        throw error;
      }
    };
    this.#bytecode?.install();
    this.#builtins.install();
    if (Module.registerHooks === undefined) {
      this.#builtins.patchAll();
      require('./node20.js').install(this, this.#snapshot, loaderSource);
    } else {
      Module.registerHooks(this.hooks);
    }
    if (this.#bytecode !== undefined || Module.registerHooks !== undefined) {
      new ExtensionHandlers(this.#snapshot, (unchanged) => this.#direct(unchanged)).install();
    }
    this.#programHooks.install();
  }

  /**
   * @param {import('./extension-handlers.js').Unchanged} unchanged
   * @returns {import('./direct-require.js').DirectRequire | null} what loads packaged CommonJS
   *   modules; null: Node does
   */
  #direct(unchanged) {
    if (require('./observed-loading.js').isObserved()) return null;
    const { DirectRequire } = require('./direct-require.js');
    return new DirectRequire({
      snapshot: this.#snapshot,
      unchanged,
      builtins: this.#builtins,
      resolution: this.#requires,
      hooks: this.#programHooks,
      compiled: this.#compiler(),
    });
  }

  /** @returns {import('./direct-require.js').Compiler} */
  #compiler() {
    const bytecode = this.#bytecode;
    if (bytecode !== undefined) return (file, filename) => bytecode.compiled(file, filename);
    const { SourceFunctions } = require('./source-functions.js');
    const functions = new SourceFunctions(this.#snapshot.table, this.#snapshot.bytecode);
    return (file, filename) => functions.compiled(file, filename);
  }

  /** The hooks that resolve and load packaged modules, as `module.registerHooks` takes them. */
  get hooks() {
    return {
      /** @type {Module.ResolveHookSync} */
      resolve: (specifier, context, next) => this.#resolve(specifier, context, next),
      /** @type {Module.LoadHookSync} */
      load: (url, context, next) => this.#load(url, context, next),
    };
  }

  /**
   * @param {number} file a CommonJS module
   * @returns {string} text in which Node's lexer finds the names that the module exports
   */
  textForLexer(file) {
    return this.#bytecode?.textForLexer(file) ?? this.#snapshot.table.text(file);
  }

  /**
   * @param {string} specifier
   * @param {Module.ResolveHookContext} context
   * @param {Parameters<Module.ResolveHookSync>[2]} next
   * @returns {Module.ResolveFnOutput}
   */
  #resolve(specifier, context, next) {
    this.#builtins.patch(specifier);
    // For `require`, Node's own step calls Module._resolveFilename.
    const conditions = conditionsOf(context);
    if (!conditions.includes('import')) return next(specifier, context);
    const { parentURL } = context;
    if (parentURL === undefined) this.#bytecode?.starts(specifier);
    const parent = parentURL === undefined ? MISSING : this.#urls.indexOf(parentURL);
    const suffix = suffixOf(specifier);
    if (parent >= 0) {
      const stored = this.#snapshot.table.resolutions.get(parent, 'import', specifier);
      if (typeof stored === 'number') return this.#resolved(stored, suffix);
    }
    if (Module.isBuiltin(specifier)) return next(specifier, context);
    const { resolveImport } = require('./import-resolution.js');
    const request = { specifier, parent, parentURL, conditions };
    const file = resolveImport(this.#snapshot, this.#urls, this.#requires, request);
    if (typeof file === 'string') return next(file, context);
    if (file >= 0) return this.#resolved(file, suffix);
    if (parent >= 0) {
      const from = this.#snapshot.pathOf(parent);
      return this.#withAdvice(specifier, from, () => next(specifier, context));
    }
    return orElse(
      () => next(specifier, context),
      (error) => {
        const { findImportLink } = require('./linked-packages.js');
        const { paths } = this.#snapshot;
        if (parentURL === undefined || !findImportLink(paths, specifier, parentURL)) throw error;
        const linked = resolveImport(this.#snapshot, this.#urls, this.#requires, request);
        if (typeof linked === 'string' || linked < 0) throw error;
        return this.#resolved(linked, suffix);
      },
    );
  }

  /**
   * @param {number} file
   * @param {string} suffix query and fragment
   * @returns {Module.ResolveFnOutput}
   */
  #resolved(file, suffix) {
    return { url: this.#urls.urlOf(file) + suffix, shortCircuit: true };
  }

  /**
   * @param {string} url
   * @param {Module.LoadHookContext} context
   * @param {Parameters<Module.LoadHookSync>[2]} next
   * @returns {Module.LoadFnOutput}
   */
  #load(url, context, next) {
    const file = this.#urls.indexOf(url);
    if (file < 0) return next(this.#urls.onDisk(url), context);
    const { table } = this.#snapshot;
    const imported = conditionsOf(context).includes('import');
    const compiled = this.#bytecode?.load(url, file, imported) ?? null;
    if (compiled !== null) return compiled;
    let format = formatOf(this.#snapshot, file);
    if (imported) checkType(url, format, context.importAttributes?.type);
    const isBinary = format === 'wasm' || format === 'addon';
    if (imported && isBinary) return { format, source: table.copy(file), shortCircuit: true };
    const source = table.text(file);
    // Node's handler of the extension does not ask, so the program has set one for text.
    if (isBinary) return { format: undefined, source, shortCircuit: true };
    if (format === 'unknown') return this.#loadUnknown(file, source, context, imported);
    if (format === 'ambiguous') {
      // For `require`, Node itself detects the format while it compiles.
      if (!imported) return { format: undefined, source, shortCircuit: true };
      format = hasModuleSyntax(source) ? 'module' : 'commonjs';
    }
    // If an imported CommonJS module has the format `commonjs` and a source, Node 22 gives it a
    // `require` without cache and hooks. With `commonjs-sync` it reads only the names of the
    // exports from the source and loads the module like any other. Newer releases treat both names
    // alike.
    const name = imported && format === 'commonjs' ? 'commonjs-sync' : format;
    return { format: name, source, shortCircuit: true };
  }

  /**
   * Load a file whose extension Node does not know.
   *
   * @param {number} file
   * @param {string} source
   * @param {Module.LoadHookContext} context
   * @param {boolean} imported
   * @returns {Module.LoadFnOutput}
   */
  #loadUnknown(file, source, context, imported) {
    // `require` uses the handler of the extension, or CommonJS.
    if (!imported) return { format: undefined, source, shortCircuit: true };
    if (context.importAttributes?.type === 'text') {
      return { format: 'text', source, shortCircuit: true };
    }
    throw unknownExtension(this.#snapshot.pathOf(file));
  }

  /**
   * @param {string} specifier
   * @param {string} parentURL of a packaged module
   * @returns {string | null} URL that an `import` resolves to; null if it is not packaged
   */
  #resolvePackaged(specifier, parentURL) {
    const context = { conditions: IMPORT_CONDITIONS, importAttributes: {}, parentURL };
    const nothing = /** @type {any} */ (() => null);
    return this.#resolve(specifier, context, nothing)?.url ?? null;
  }

  /**
   * Let Node search; if it finds nothing for a packaged file, say how to package the module.
   *
   * @template T
   * @param {string} request
   * @param {string | null | undefined} filename of the module that contains the request
   * @param {() => T} search
   * @returns {T}
   */
  #withAdvice(request, filename, search) {
    const { paths } = this.#snapshot;
    if (!filename || paths.path.isAbsolute(request) || paths.toLocation(filename) === null) {
      return search();
    }
    const limit = Error.stackTraceLimit;
    // With --frozen-intrinsics the limit cannot be changed.
    const isRaised = limit > 0 && !Object.isFrozen(Error);
    const failed = (/** @type {any} */ error) =>
      require('./not-packaged.js').withAdvice(error, limit);
    try {
      // Otherwise the runtime's own frames would push the program's out of the stack trace.
      if (isRaised) Error.stackTraceLimit = limit + OWN_FRAMES;
      return orElse(search, (error) => {
        throw failed(error);
      });
    } finally {
      if (isRaised) Error.stackTraceLimit = limit;
    }
  }
}

/**
 * @template T
 * @param {() => T} search
 * @param {(error: any) => T} failed
 * @returns {T} what `search` returns, or, if it throws or rejects, what `failed` returns
 */
function orElse(search, failed) {
  let found;
  try {
    found = search();
  } catch (error) {
    return failed(error);
  }
  // The hooks of Node 20 are asynchronous.
  return found instanceof Promise ? /** @type {any} */ (found.catch(failed)) : found;
}

/**
 * @param {{conditions: Iterable<string>}} context of a hook; some releases give a set
 * @returns {readonly string[]}
 */
function conditionsOf({ conditions }) {
  return Array.isArray(conditions) ? conditions : [...conditions];
}

/** @param {string} specifier @returns {string} query and fragment if it is a URL or a path */
function suffixOf(specifier) {
  const isPath = specifier[0] === '.' || specifier[0] === '/' || specifier.startsWith('file:');
  const start = isPath ? specifier.search(/[?#]/) : -1;
  return start < 0 ? '' : specifier.slice(start);
}

module.exports = { ModuleHooks };

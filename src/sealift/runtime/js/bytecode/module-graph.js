'use strict';

/**
 * The packaged ES modules, and what they import, where some of them are bytecode: one instance of each,
 * linked and evaluated as Node's own loader does it, but out of `vm.SourceTextModule`, which takes code caches.
 *
 * Linking is synchronous, so that `require` can load ES modules. What is on the disk is left to Node's own loader:
 * its values are those it had when it was loaded.
 */

const Module = require('node:module');
const { fileURLToPath } = require('node:url');
const vm = require('node:vm');
const { Kind } = require('./wrapper.js');
const {
  namesIn,
  commonjs,
  json,
  builtin,
  elsewhere,
  native,
  given,
} = require('./synthetic-modules.js');
const { MARKER } = require('./commonjs.js');
const { connect, instantiate, isAsync, runNow } = require('./vm-linking.js');
const { nodeError } = require('../node-errors.js');
const { formatOf, hasModuleSyntax, checkType, unknownExtension } = require('../modules/formats.js');

/**
 * @typedef {import('./loader.js').Finder} Finder
 * @typedef {Record<string, string | undefined>} Attributes
 *
 * @typedef {object} Context
 * @property {import('../snapshot.js').Snapshot} snapshot
 * @property {import('./code-caches.js').Bytecode} bytecode
 * @property {Finder} finder
 * @property {import('./program-hooks.js').ProgramHooks} hooks
 * @property {(url: string) => boolean} isMain
 * @property {(specifier: string, parentURL: string, attributes: Attributes) => Promise<any>} importElsewhere
 *
 * @typedef {import('./vm-linking.js').TextModule} TextModule
 */

/** `import.meta.main` came with 22.18 and 24.2. */
const [MAJOR, MINOR] = process.versions.node.split('.').map(Number);
const HAS_MAIN = MAJOR > 24 || (MAJOR === 24 && MINOR >= 2) || (MAJOR === 22 && MINOR >= 18);

const FACADE =
  "export * from 'original'; export { default } from 'original'; export const __esModule = true;";

class ModuleGraph {
  #context;
  /** @type {Map<string, vm.Module>} by URL, and type if it has one */ #modules = new Map();
  /** @type {WeakMap<vm.Module, vm.Module>} */ #facades = new WeakMap();

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    withoutWarnings(() => new vm.SyntheticModule([], () => {}));
  }

  /**
   * `import()` in a packaged module.
   *
   * @param {string} specifier
   * @param {string} parentURL
   * @param {Attributes} attributes
   * @returns {Promise<any>} a module or a namespace, as `vm` wants it
   */
  async import(specifier, parentURL, attributes) {
    const url = this.#locate(specifier, parentURL, attributes);
    if (url === null || !this.#isOurs(url)) {
      return this.#context.importElsewhere(specifier, parentURL, attributes);
    }
    // Nothing is evaluated before the code that imports has gone on, nor within its stack.
    await undefined;
    const module = this.#linked(url, attributes);
    await module.evaluate();
    return module;
  }

  /**
   * @param {string} url of a packaged module
   * @returns {{names: string[], isAsync: boolean}} its exports, and whether it can only be evaluated
   *   asynchronously
   */
  outline(url) {
    const module = this.#linked(url);
    return {
      names: /** @type {string[]} */ (Reflect.ownKeys(module.namespace).filter(isText)),
      isAsync: isAsync(module),
    };
  }

  /**
   * Evaluate without the caller's frame in the stack traces of errors, be it as an `async` one.
   *
   * @param {string} url of a packaged module
   * @returns {Promise<{namespace: any}>}
   */
  evaluate(url) {
    const module = this.#linked(url);
    return new Promise((resolve, reject) => {
      const done = () => resolve({ namespace: module.namespace });
      queueMicrotask(() => module.evaluate().then(done, reject));
    });
  }

  /** @param {string} url of a packaged module without top-level await @returns {{namespace: any}} */
  evaluateNow(url) {
    const { namespace } = runNow(this.#linked(url));
    return { namespace };
  }

  /**
   * @param {string} url of a packaged module
   * @returns {any} what `require` of it gives
   */
  require(url) {
    const module = this.#linked(url);
    const path = fileURLToPath(url);
    if (module.status === 'evaluating') {
      const message = `Cannot require() ES Module ${path} in a cycle.`;
      throw nodeError(Error, 'ERR_REQUIRE_CYCLE_MODULE', message);
    }
    if (isAsync(module)) {
      throw nodeError(
        Error,
        'ERR_REQUIRE_ASYNC_MODULE',
        `require() cannot be used on an ESM graph with top-level await. Use import() instead. To see where the ` +
          `top-level await comes from, use --experimental-print-required-tla.\n  Requiring ${path}`,
      );
    }
    const { namespace } = /** @type {{namespace: any}} */ (runNow(module));
    if (Object.hasOwn(namespace, 'module.exports')) return namespace['module.exports'];
    if (!Object.hasOwn(namespace, 'default') || Object.hasOwn(namespace, '__esModule')) {
      return namespace;
    }
    let facade = this.#facades.get(module);
    if (facade === undefined) {
      // As Node does it: what was compiled from ES modules takes `default` for the default export.
      const made = /** @type {TextModule} */ (new vm.SourceTextModule(FACADE));
      connect(
        made,
        made.moduleRequests.map(() => module),
      );
      instantiate(made);
      facade = runNow(made);
      this.#facades.set(module, facade);
    }
    return facade.namespace;
  }

  /**
   * @param {string} specifier
   * @param {string} parentURL
   * @param {Attributes} [attributes]
   * @returns {string | null} URL of what is packaged or what hooks of the program lead to; null: neither
   */
  #locate(specifier, parentURL, attributes = {}) {
    const { finder, hooks } = this.#context;
    if (!hooks.areThere) return this.#found(specifier, parentURL);
    const context = {
      conditions: [...finder.conditions],
      importAttributes: { ...attributes },
      parentURL,
    };
    const { url } = hooks.run('resolve', specifier, context, (asked, { parentURL: parent }) => {
      const url = this.#found(asked, parent) ?? outsideOf(asked, parent);
      return {
        __proto__: null,
        url,
        format: url.startsWith('node:') ? undefined : this.#hookedFormat(url),
      };
    });
    return url;
  }

  /**
   * @param {string} specifier
   * @param {string} parentURL
   * @returns {string | null} URL of what is packaged, or of a module of Node's own
   */
  #found(specifier, parentURL) {
    if (Module.isBuiltin(specifier)) {
      return specifier.startsWith('node:') ? specifier : `node:${specifier}`;
    }
    return this.#context.finder.resolveImport(specifier, parentURL);
  }

  /** @param {string} url @returns {boolean} whether it belongs to the graph if nobody imports it statically */
  #isOurs(url) {
    if (url.startsWith('node:')) return true;
    const file = this.#context.finder.indexOf(url);
    return file >= 0 && !isNative(this.#formatOf(file));
  }

  /**
   * A module, and with it all that it imports.
   *
   * @param {string} url
   * @param {Attributes} [attributes]
   * @returns {vm.Module}
   */
  #linked(url, attributes) {
    /** @type {Map<string, vm.Module>} */
    const made = new Map();
    try {
      const root = this.#module(url, attributes, made);
      for (const module of made.values()) {
        if (module instanceof vm.SourceTextModule) {
          this.#link(/** @type {TextModule} */ (module), made);
        }
      }
      if (made.size !== 0) instantiate(root);
      return root;
    } catch (error) {
      for (const key of made.keys()) this.#modules.delete(key);
      throw error;
    }
  }

  /** @param {TextModule} module @param {Map<string, vm.Module>} made */
  #link(module, made) {
    const parentURL = module.identifier;
    const dependencies = module.moduleRequests.map(({ specifier, attributes }) => {
      const url = this.#locate(specifier, parentURL, attributes);
      return url === null
        ? this.#outside(specifier, parentURL, made)
        : this.#module(url, attributes, made);
    });
    connect(module, dependencies);
  }

  /**
   * @param {string} url
   * @param {Attributes | undefined} attributes
   * @param {Map<string, vm.Module>} made
   * @returns {vm.Module}
   */
  #module(url, attributes, made) {
    const type = attributes?.type;
    const key = type === undefined ? url : `${url} ${type}`;
    let module = this.#modules.get(key);
    if (module === undefined) {
      for (const [name, value] of Object.entries(attributes ?? {})) {
        if (name !== 'type' || value !== 'json') throw unsupported(name, value, url);
      }
      module = this.#create(url, type, made);
      this.#modules.set(key, module);
      made.set(key, module);
    }
    return module;
  }

  /**
   * @param {string} url of a packaged file, a module of Node's own, or of what hooks of the program know
   * @param {string | undefined} type
   * @param {Map<string, vm.Module>} made
   * @returns {vm.Module}
   */
  #create(url, type, made) {
    const { snapshot, bytecode, finder, hooks } = this.#context;
    const file = finder.indexOf(url);
    const changed = hooks.areThere ? this.#changed(url, file, type) : null;
    if (changed !== null) return this.#fromSource(url, changed.format, changed.source);
    if (url.startsWith('node:')) return builtin(url);
    if (file < 0) return this.#outside(url, url, made);
    const entry = bytecode.find(file);
    const format = this.#formatOf(file);
    checkType(url, format, type);
    const path = fileURLToPath(url);
    if (isNative(format)) {
      return native(url, path, format === 'wasm' ? snapshot.table.copy(file) : null);
    }
    if (format === 'commonjs' || format === 'commonjs-typescript') {
      return commonjs(url, path, this.#namesOf(path, new Set()));
    }
    if (entry >= 0) return bytecode.module(entry, url, this.#callbacks(url));
    if (format === 'unknown') throw unknownExtension(path);
    const source = snapshot.table.text(file);
    const text = format === 'module-typescript' ? Module.stripTypeScriptTypes(source) : source;
    return this.#fromSource(url, format === 'json' ? 'json' : 'module', text);
  }

  /** @param {string} url @returns {string} format, as hooks of the program are told of it */
  #hookedFormat(url) {
    return url.startsWith('node:') ? 'builtin' : this.#formatOf(this.#context.finder.indexOf(url));
  }

  /**
   * What the program's hooks make of a module, if they change it.
   *
   * @param {string} url
   * @param {number} file negative: it is not packaged
   * @param {string | undefined} type
   * @returns {{format: string, source: string} | null}
   */
  #changed(url, file, type) {
    const { snapshot, finder, hooks } = this.#context;
    const format = this.#hookedFormat(url);
    /** @type {string | Uint8Array | null} */
    let own = null;
    if (file >= 0 && isNative(format)) own = snapshot.table.copy(file);
    else if (file >= 0) own = snapshot.table.isLeftOut(file) ? MARKER : snapshot.table.text(file);
    const importAttributes = type === undefined ? {} : { type };
    const context = { conditions: [...finder.conditions], importAttributes, format };
    const loaded = hooks.run('load', url, context, (_, { format }) => ({
      __proto__: null,
      format,
      source: own,
    }));
    if (loaded.source === own && (loaded.format === format || loaded.source === null)) return null;
    const source =
      typeof loaded.source === 'string'
        ? loaded.source
        : Buffer.from(loaded.source ?? '').toString();
    hooks.check(source, url);
    return { format: loaded.format, source };
  }

  /**
   * @param {string} url
   * @param {string} format
   * @param {string} source
   * @returns {vm.Module}
   */
  #fromSource(url, format, source) {
    const path = pathOf(url);
    if (format === 'json') return json(url, path, source);
    if (format === 'commonjs') return given(url, path, source);
    if (format === 'module') {
      return new vm.SourceTextModule(source.replace(/^\ufeff/, ''), {
        ...this.#callbacks(url),
        identifier: url,
      });
    }
    throw nodeError(
      RangeError,
      'ERR_UNKNOWN_MODULE_FORMAT',
      `Unknown module format: ${format} for URL ${url}`,
    );
  }

  /** @param {string} url @returns {vm.SourceTextModuleOptions} */
  #callbacks(url) {
    return {
      initializeImportMeta: (/** @type {any} */ meta) => this.#describe(meta, url),
      importModuleDynamically: /** @type {any} */ (
        (
          /** @type {string} */ specifier,
          /** @type {unknown} */ _,
          /** @type {Attributes} */ attributes,
        ) => this.import(specifier, url, attributes)
      ),
    };
  }

  /** @param {number} file @returns {string} */
  #formatOf(file) {
    const { snapshot, bytecode } = this.#context;
    if (file < 0) return 'unknown';
    const entry = bytecode.find(file);
    if (entry >= 0) return bytecode.kind(entry) === Kind.MODULE ? 'module' : 'commonjs';
    const format = formatOf(snapshot, file);
    if (format !== 'ambiguous') return format;
    return hasModuleSyntax(snapshot.table.text(file)) ? 'module' : 'commonjs';
  }

  /**
   * The names that Node would find in a CommonJS module's source.
   *
   * @param {string} path
   * @param {Set<string>} seen
   * @returns {Set<string>}
   */
  #namesOf(path, seen) {
    const { snapshot, bytecode } = this.#context;
    /** @type {Set<string>} */
    const names = new Set();
    if (seen.has(path)) return names;
    seen.add(path);
    const file = snapshot.find(path);
    const entry = bytecode.find(file);
    if (file < 0) return names;
    const { exports, reexports } =
      entry < 0 ? namesIn(snapshot.table.text(file)) : bytecode.names(entry);
    for (const name of exports) names.add(name);
    const require = Module.createRequire(path);
    for (const specifier of reexports) {
      let resolved;
      try {
        resolved = require.resolve(specifier);
      } catch {
        continue; // Node takes no names from what is not there, too.
      }
      const others = Module.isBuiltin(resolved)
        ? Object.keys(/** @type {object} */ (process.getBuiltinModule(resolved)))
        : this.#namesOf(resolved, seen);
      for (const name of others) names.add(name);
    }
    return names;
  }

  /** @param {any} meta @param {string} url */
  #describe(meta, url) {
    if (url.startsWith('file:')) {
      const filename = fileURLToPath(url);
      meta.dirname = this.#context.snapshot.paths.path.dirname(filename);
      meta.filename = filename;
    }
    if (HAS_MAIN) meta.main = this.#context.isMain(url);
    const resolve = (/** @type {string} */ specifier) => {
      const found = this.#locate(`${specifier}`, url);
      if (found !== null) return found;
      if (isPath(specifier)) return new URL(specifier, url).href;
      throw notFound(specifier, url);
    };
    meta.resolve = resolve;
    meta.url = url;
  }

  /**
   * What is imported, but not packaged.
   *
   * @param {string} specifier
   * @param {string} parentURL
   * @param {Map<string, vm.Module>} made
   * @returns {vm.Module}
   */
  #outside(specifier, parentURL, made) {
    const url = isPath(specifier) ? new URL(specifier, parentURL) : null;
    if (url === null || url.protocol !== 'file:') throw notFound(specifier, parentURL);
    const { snapshot } = this.#context;
    const path = snapshot.paths.outside(fileURLToPath(url));
    if (!require('node:fs').existsSync(path)) throw notFound(specifier, parentURL);
    let module = this.#modules.get(url.href);
    if (module === undefined) {
      module = elsewhere(url.href, Module.createRequire(path)(path));
      this.#modules.set(url.href, module);
      made.set(url.href, module);
    }
    return module;
  }
}

/** @param {unknown} key @returns {boolean} */
function isText(key) {
  return typeof key === 'string';
}

/** @param {string} specifier @returns {boolean} */
function isPath(specifier) {
  return /^\.{0,2}\//.test(specifier) || URL.canParse(specifier);
}

/** @param {string} url @returns {string} */
function pathOf(url) {
  return url.startsWith('file:') ? fileURLToPath(url) : url;
}

/** @param {string} format @returns {boolean} whether Node's own loader is to load it */
function isNative(format) {
  return format === 'wasm' || format === 'addon';
}

/** @param {string} specifier @param {string} parentURL @returns {string} URL of what is not packaged */
function outsideOf(specifier, parentURL) {
  if (!isPath(specifier)) throw notFound(specifier, parentURL);
  return new URL(specifier, parentURL).href;
}

/** @param {string} specifier @param {string} parentURL @returns {Error} as Node's */
function notFound(specifier, parentURL) {
  const what = isPath(specifier)
    ? `module '${pathOf(new URL(specifier, parentURL).href)}'`
    : `package '${specifier}'`;
  const message = `Cannot find ${what} imported from ${pathOf(parentURL)}`;
  return nodeError(Error, 'ERR_MODULE_NOT_FOUND', message);
}

/**
 * @param {string} name
 * @param {string | undefined} value of an import attribute
 * @param {string} url
 * @returns {Error} as Node's
 */
function unsupported(name, value, url) {
  const message = `Import attribute "${name}" with value "${value}" is not supported in ${url}`;
  return nodeError(TypeError, 'ERR_IMPORT_ATTRIBUTE_UNSUPPORTED', message);
}

/** @template T @param {() => T} action the first use of an experiment, of which Node warns once @returns {T} */
function withoutWarnings(action) {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return action();
  } finally {
    process.emitWarning = emitWarning;
  }
}

module.exports = { ModuleGraph };

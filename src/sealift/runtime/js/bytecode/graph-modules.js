'use strict';

/** Creates the modules of the graph, not linked yet. */

const Module = require('node:module');
const { fileURLToPath } = require('node:url');
const vm = require('node:vm');
const { checkType, unknownExtension } = require('../modules/formats.js');
const { nodeError } = require('../node-errors.js');
const { withoutWarnings } = require('../node-internals.js');
const { MARKER } = require('./commonjs.js');
const { isNative, isPath, notFound, pathOf } = require('./graph-resolution.js');
const { namesIn, commonjs, json, builtin, native, given } = require('./synthetic-modules.js');

/** @typedef {import('./module-graph.js').Context} Context */
/** @typedef {import('./module-graph.js').Attributes} Attributes */
/**
 * @typedef {(specifier: string, parentURL: string, attributes: Attributes) => Promise<any>} Import
 */

/** `import.meta.main` is in 22.18, 24.2 and newer. */
const [MAJOR, MINOR] = process.versions.node.split('.').map(Number);
const HAS_MAIN = MAJOR > 24 || (MAJOR === 24 && MINOR >= 2) || (MAJOR === 22 && MINOR >= 18);

class GraphModules {
  #context;
  #resolution;
  #import;

  /**
   * @param {Context} context
   * @param {import('./graph-resolution.js').GraphResolution} resolution
   * @param {Import} importDynamically does an `import()` in a module of the graph
   */
  constructor(context, resolution, importDynamically) {
    this.#context = context;
    this.#resolution = resolution;
    this.#import = importDynamically;
  }

  /**
   * @param {string} url of a packaged file, of one of Node's own modules, or of what hooks of the
   *   program know
   * @param {string | undefined} type attribute of the import
   * @returns {vm.Module | null} null: the module is on the disk
   */
  create(url, type) {
    const { snapshot, bytecode, finder, hooks } = this.#context;
    const file = finder.indexOf(url);
    const changed = hooks.any ? this.#changedByHooks(url, file, type) : null;
    if (changed !== null) return this.#fromSource(url, changed.format, changed.source);
    if (url.startsWith('node:')) return builtin(url);
    if (file < 0) return null;
    const entry = bytecode.find(file);
    const format = this.#resolution.formatOf(file);
    checkType(url, format, type);
    const path = fileURLToPath(url);
    if (isNative(format)) {
      return native(url, path, format === 'wasm' ? snapshot.table.copy(file) : null);
    }
    if (format === 'commonjs' || format === 'commonjs-typescript') {
      return commonjs(url, path, this.#namesOf(path, new Set()));
    }
    if (process.sourceMapsEnabled) require('../source-maps.js').registerMap(snapshot, file);
    if (entry >= 0) return bytecode.module(entry, url, this.#callbacks(url));
    if (format === 'unknown') throw unknownExtension(path);
    const source = snapshot.table.text(file);
    // TypeScript that the build took for data. Node itself does not warn of stripping either.
    const strip = () => Module.stripTypeScriptTypes(source);
    const text = format === 'module-typescript' ? withoutWarnings(strip) : source;
    return this.#fromSource(url, format === 'json' ? 'json' : 'module', text);
  }

  /**
   * @param {string} url
   * @param {number} file negative: it is not packaged
   * @param {string | undefined} type
   * @returns {{format: string, source: string} | null} null: the program's hooks do not change it
   */
  #changedByHooks(url, file, type) {
    const { snapshot, finder, hooks } = this.#context;
    const format = this.#resolution.formatOfUrl(url);
    /** @type {string | Uint8Array | null} */
    let own = null;
    if (file >= 0 && isNative(format)) own = snapshot.table.copy(file);
    else if (file >= 0) own = snapshot.table.hasNoSource(file) ? MARKER : snapshot.table.text(file);
    const importAttributes = type === undefined ? {} : { type };
    const context = { conditions: [...finder.conditions], importAttributes, format };
    const loaded = hooks.run('load', url, context, (_, received) => ({
      __proto__: null,
      format: received.format,
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
      const options = { ...this.#callbacks(url), identifier: url };
      return new vm.SourceTextModule(source.replace(/^\ufeff/, ''), options);
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
        ) => this.#import(specifier, url, attributes)
      ),
    };
  }

  /**
   * Set the properties of `import.meta`.
   *
   * @param {any} meta
   * @param {string} url
   */
  #describe(meta, url) {
    if (url.startsWith('file:')) {
      const filename = fileURLToPath(url);
      meta.dirname = this.#context.snapshot.paths.path.dirname(filename);
      meta.filename = filename;
    }
    if (HAS_MAIN) meta.main = this.#context.isMain(url);
    const resolve = (/** @type {string} */ specifier) => {
      const found = this.#resolution.resolve(`${specifier}`, url);
      if (found !== null) return found;
      if (isPath(specifier)) return new URL(specifier, url).href;
      throw notFound(specifier, url);
    };
    meta.resolve = resolve;
    meta.url = url;
  }

  /**
   * Return the names that Node would find in the source of a CommonJS module.
   *
   * @param {string} path
   * @param {Set<string>} seen paths of the modules that re-export this one
   * @returns {Set<string>}
   */
  #namesOf(path, seen) {
    const { snapshot, bytecode } = this.#context;
    /** @type {Set<string>} */
    const names = new Set();
    if (seen.has(path)) return names;
    seen.add(path);
    const file = snapshot.find(path);
    if (file < 0) return names;
    const entry = bytecode.find(file);
    const { exports, reexports } =
      entry < 0 ? namesIn(snapshot.table.text(file)) : bytecode.names(entry);
    for (const name of exports) names.add(name);
    const require = Module.createRequire(path);
    for (const specifier of reexports) {
      let resolved;
      try {
        resolved = require.resolve(specifier);
      } catch {
        continue; // Like Node, which takes no names from a missing module.
      }
      const others = Module.isBuiltin(resolved)
        ? Object.keys(/** @type {object} */ (process.getBuiltinModule(resolved)))
        : this.#namesOf(resolved, seen);
      for (const name of others) names.add(name);
    }
    return names;
  }
}

module.exports = { GraphModules };

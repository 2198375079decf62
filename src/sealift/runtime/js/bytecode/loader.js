'use strict';

/**
 * Connects bytecode with Node's module loaders: what the load hook returns for scripts that have
 * bytecode, and what `Module.prototype._compile` does with it.
 *
 * Node's own module loader keeps the CommonJS modules (commonjs.js). Its loader of ES modules
 * accepts nothing but source. So if any ES module is bytecode, all packaged ES modules and what they
 * import form a graph of the runtime's own (module-graph.js). Node's loader sees a facade of each: a
 * small module that evaluates the real one and exports the same names.
 */

const Module = require('node:module');
const { pathToFileURL } = require('node:url');
const { internals, modulePrototype, compileSource, newModule } = require('../node-internals.js');
const { Kind, HOLDS_DETAILS } = require('./wrapper.js');
const { RUN, STAND_IN, standInWith, argumentsOf } = require('./commonjs.js');
const { formatOf, hasModuleSyntax } = require('../modules/formats.js');

/**
 * @typedef {import('../snapshot.js').Snapshot} Snapshot
 * @typedef {import('./code-caches.js').Bytecode} Bytecode
 * @typedef {import('./module-graph.js').ModuleGraph} ModuleGraph
 * @typedef {import('../modules/program-hooks.js').ProgramHooks} ProgramHooks
 * @typedef {(specifier: string, options?: ImportCallOptions) => Promise<any>} Importer
 *
 * @typedef {object} Finder
 * @property {(url: string) => number} indexOf packaged file of a URL, or negative
 * @property {(specifier: string, parentURL: string) => string | null} resolveImport URL of what is
 *   packaged, else null
 * @property {readonly string[]} conditions of `import`
 */

/** More than the runtime's own between a program's call and the question who has called. */
const ALL_FRAMES = 50;

/** The facades get the graph by this name from `process.getBuiltinModule`. */
const GRAPH = 'sealift:modules';

class BytecodeLoader {
  #snapshot;
  #bytecode;
  #builtins;
  #finder;
  #hooks;
  /** @type {ModuleGraph | undefined} */ #graph;
  /** @type {Map<string, Importer>} */ #importers = new Map();
  /** URL of the module that the process or thread starts with, if it is an ES module. */
  #main = '';

  /**
   * @param {Snapshot} snapshot
   * @param {Bytecode} bytecode
   * @param {import('../builtin-modules.js').BuiltinModules} builtins
   * @param {ProgramHooks} hooks
   * @param {Finder} finder
   */
  constructor(snapshot, bytecode, builtins, hooks, finder) {
    this.#snapshot = snapshot;
    this.#bytecode = bytecode;
    this.#builtins = builtins;
    this.#hooks = hooks;
    this.#finder = finder;
  }

  /** The graph of packaged ES modules. @returns {ModuleGraph} */
  get graph() {
    if (this.#graph === undefined) {
      const { ModuleGraph } = require('./module-graph.js');
      this.#graph = new ModuleGraph({
        snapshot: this.#snapshot,
        bytecode: this.#bytecode,
        finder: this.#finder,
        hooks: this.#hooks,
        isMain: (url) => url === this.#main,
        importOnDisk: (specifier, parentURL, attributes) =>
          this.#importOnDisk(specifier, parentURL, attributes),
      });
    }
    return this.#graph;
  }

  /** Replace `Module.prototype._compile`, so that it runs what `load` returns. */
  install() {
    const { _compile: compile } = modulePrototype;
    const loader = this;
    modulePrototype._compile = function _compile(content, filename, format, ...rest) {
      const text = `${content}`;
      loader.#check(text, filename);
      if (!loader.#standsIn(text, filename) || loader.#hooks.replacesWrapper) {
        return compile.call(this, content, filename, format, ...rest);
      }
      if (format !== 'module') {
        const file = loader.#snapshot.find(filename);
        const compiled = loader.#commonjs(file, loader.#bytecode.find(file), filename);
        if (compiled === null) {
          const source = loader.#snapshot.table.text(file);
          require('../modules/node20.js').willRun(source, false);
          return compile.call(this, source, filename, format, ...rest);
        }
        // Called here so that stack traces have one frame of this function, as they have one of
        // Node's `_compile` in plain Node.
        return Reflect.apply(compiled, this.exports, argumentsOf(this, filename));
      }
      const { href } = pathToFileURL(filename);
      if (this.id !== '.') {
        this.exports = loader.graph.require(href);
        return undefined;
      }
      // Node's own loader starts with the program's entry.
      return compile.call(this, loader.#facade(href), filename, format, ...rest);
    };
    this.#builtins.provide(GRAPH, () => this.graph);
    /** @type {(...given: any[]) => void} */
    const run = (...given) => Reflect.apply(this.#run, this, given);
    this.#builtins.provide(RUN, () => run);
    this.#snapshot.table.standInFor = (file) => this.#standInFor(file);
  }

  /**
   * A replaced handler of an extension may read the file instead of calling Node's own handler, and
   * the package source-map-support reads it to find the name of the map.
   *
   * @param {number} file without source
   * @returns {string | undefined} undefined: nothing else may be read as its source
   */
  #standInFor(file) {
    const map = require('../source-maps.js').mapOf(this.#snapshot, file);
    if (map !== undefined && isReadForMaps()) return `//# sourceMappingURL=${map}`;
    if (!this.#hooks.replacesHandler) return undefined;
    const loading = internals._cache[this.#snapshot.pathOf(file)]?.loaded === false;
    return loading ? STAND_IN : undefined;
  }

  /**
   * Run a module whose stand-in was compiled by someone else. The arguments are those of the
   * stand-in; `require` may be a replaced one.
   *
   * @param {unknown} exports
   * @param {unknown} require
   * @param {import('../node-internals.js').CommonJsModule} module
   * @param {string} filename
   * @param {string} directory
   */
  #run(exports, require, module, filename, directory) {
    const file = this.#snapshot.find(filename);
    const entry = this.#bytecode.find(file);
    if (this.#isModule(file, entry)) {
      module.exports = this.graph.require(pathToFileURL(filename).href);
      return;
    }
    const compiled = this.#commonjs(file, entry, filename);
    if (compiled === null) compileSource.call(module, this.#snapshot.table.text(file), filename);
    else Reflect.apply(compiled, exports, [exports, require, module, filename, directory]);
  }

  /** @param {string} specifier the first one that Node's loader of ES modules resolves */
  starts(specifier) {
    if (specifier.startsWith('file:')) this.#main = specifier;
  }

  /**
   * @param {string} url
   * @param {number} file
   * @param {boolean} imported by `import`, not by `require`
   * @returns {Module.LoadFnOutput | null} null: the file has nothing to do with bytecode
   */
  load(url, file, imported) {
    const entry = this.#bytecode.find(file);
    if (this.#isModule(file, entry)) {
      const source = imported ? this.#facade(url) : STAND_IN;
      return { format: 'module', source, shortCircuit: true };
    }
    if (entry < 0) return null;
    // The program may change the source if there is one.
    if (this.#hooks.mayChangeSource && !this.#snapshot.table.hasNoSource(file)) return null;
    if (!imported) return { format: 'commonjs', source: STAND_IN, shortCircuit: true };
    // Node reads the names of the exports from this source; `_compile` receives it too.
    return { format: 'commonjs-sync', source: this.#namedStandIn(entry), shortCircuit: true };
  }

  /**
   * @param {number} file
   * @returns {string | null} text in which Node's lexer finds the names that a script without
   *   source exports; null: its source is packaged
   */
  textForLexer(file) {
    if (!this.#snapshot.table.hasNoSource(file)) return null;
    return this.#namedStandIn(this.#bytecode.find(file));
  }

  /** @param {number} entry of a CommonJS module @returns {string} source with the same exports */
  #namedStandIn(entry) {
    const { exports, reexports } = this.#bytecode.names(entry);
    return standInWith(exports, reexports);
  }

  /**
   * @param {string} text passed to `_compile`
   * @param {string} filename
   * @returns {boolean} whether it is what `load` has returned, unchanged
   */
  #standsIn(text, filename) {
    if (!text.startsWith(STAND_IN)) return false;
    if (text.length === STAND_IN.length) return true;
    const entry = this.#bytecode.find(this.#snapshot.find(filename));
    return entry >= 0 && text === this.#namedStandIn(entry);
  }

  /**
   * Throw an Error if a hook of the program has changed a stand-in.
   *
   * @param {string} text passed to `_compile`
   * @param {string} filename
   */
  #check(text, filename) {
    if (this.#hooks.any && !this.#standsIn(text, filename)) this.#hooks.check(text, filename);
  }

  /**
   * @param {number} file
   * @param {number} entry of its bytecode
   * @returns {boolean} whether it belongs to the graph
   */
  #isModule(file, entry) {
    if (entry >= 0) return this.#bytecode.kind(entry) === Kind.MODULE;
    if (!this.#bytecode.hasModules) return false;
    const format = formatOf(this.#snapshot, file);
    if (format === 'ambiguous') return hasModuleSyntax(this.#snapshot.table.text(file));
    return format === 'module' || format === 'module-typescript';
  }

  /**
   * @param {number} file
   * @param {string} filename
   * @returns {((...args: any[]) => unknown) | null} the function of a CommonJS module that is
   *   bytecode; null for any other file
   */
  compiled(file, filename) {
    const entry = this.#bytecode.find(file);
    if (entry < 0 || this.#bytecode.kind(entry) !== Kind.COMMONJS) return null;
    return this.#commonjs(file, entry, filename);
  }

  /**
   * @param {number} file
   * @param {number} entry of its bytecode
   * @param {string} filename
   * @returns {((...args: any[]) => unknown) | null} the module's function; null: V8 11 has rejected
   *   the bytecode, and the source is to run
   */
  #commonjs(file, entry, filename) {
    if (process.sourceMapsEnabled) require('../source-maps.js').registerMap(this.#snapshot, file);
    if (HOLDS_DETAILS) {
      /** @type {Importer} */
      const importer = (specifier, options) =>
        this.#importerOf(pathToFileURL(filename).href)(specifier, options);
      return this.#bytecode.commonjs(entry, filename, undefined)?.(importer) ?? null;
    }
    return this.#bytecode.commonjs(entry, filename, (specifier, _, attributes) => {
      const { href } = pathToFileURL(filename);
      return this.#bytecode.hasModules
        ? this.graph.import(specifier, href, attributes)
        : this.#importOnDisk(specifier, href, attributes);
    });
  }

  /**
   * The module that Node's own loader has in place of a packaged one. Its exports keep the values
   * that they have when the real module has been evaluated.
   *
   * @param {string} url
   * @returns {string} source
   */
  #facade(url) {
    const { names, isAsync } = this.graph.describe(url);
    const evaluate = isAsync || url === this.#main ? 'await graph.evaluate' : 'graph.evaluateNow';
    const lines = [
      `const graph = process.getBuiltinModule('${GRAPH}');`,
      `const { namespace } = ${evaluate}(${JSON.stringify(url)});`,
    ];
    for (const [number, name] of names.entries()) {
      const text = JSON.stringify(name);
      lines.push(`const e${number} = namespace[${text}]; export { e${number} as ${text} };`);
    }
    return lines.join(' ');
  }

  /**
   * Do an `import()` of a packaged file by Node's own loader.
   *
   * @param {string} specifier
   * @param {string} parentURL
   * @param {Record<string, string | undefined>} attributes
   * @returns {Promise<any>} namespace
   */
  #importOnDisk(specifier, parentURL, attributes) {
    return this.#importerOf(parentURL)(specifier, {
      with: /** @type {ImportAttributes} */ (attributes ?? {}),
    });
  }

  /** @param {string} parentURL @returns {Importer} the `import()` of that file */
  #importerOf(parentURL) {
    let importer = this.#importers.get(parentURL);
    if (importer === undefined) {
      if (Module.registerHooks === undefined) require('../modules/node20.js').willImport();
      const { fileURLToPath } = require('node:url');
      const module = newModule(fileURLToPath(parentURL));
      compileSource.call(
        module,
        'module.exports = (specifier, options) => import(specifier, options);',
        module.id,
      );
      importer = /** @type {Importer} */ (module.exports);
      this.#importers.set(parentURL, importer);
    }
    return importer;
  }
}

/** @returns {boolean} whether source-map-support, which makes stack traces itself, is running */
function isReadForMaps() {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.prepareStackTrace = /** @type {any} */ (undefined);
    Error.stackTraceLimit = ALL_FRAMES;
    return /[\\/]source-map-support[\\/]/.test(String(new Error().stack));
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

module.exports = { BytecodeLoader };

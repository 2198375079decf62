'use strict';

/**
 * Puts bytecode under Node's module loaders: what the load hook gives for files that have some, and what
 * becomes of it in `Module.prototype._compile`.
 *
 * CommonJS modules stay with Node's own loader (bytecode/commonjs.js). Node's loader of ES modules takes nothing but source,
 * so if any ES module is bytecode, all that are packaged, and what they import, are one graph of our own
 * (bytecode/module-graph.js); to Node's loader each of them is a small module that evaluates the real one and has its exports.
 */

const Module = require('node:module');
const { pathToFileURL } = require('node:url');
const { Kind, HOLDS_DETAILS } = require('./wrapper.js');
const { MARKER, argumentsOf } = require('./commonjs.js');
const { ProgramHooks } = require('./program-hooks.js');
const { formatOf, hasModuleSyntax } = require('../modules/formats.js');

/**
 * @typedef {import('../snapshot.js').Snapshot} Snapshot
 * @typedef {import('./code-caches.js').Bytecode} Bytecode
 * @typedef {import('./module-graph.js').ModuleGraph} ModuleGraph
 *
 * @typedef {object} Finder
 * @property {(url: string) => number} indexOf packaged file of a URL, or negative
 * @property {(specifier: string, parentURL: string) => string | null} resolveImport URL of what is packaged, else null
 * @property {readonly string[]} conditions those of `import`
 */

/** Before the program changes it. */
const { _compile: compileSource } = /** @type {any} */ (Module).prototype;

/** What stands for a module of Node's, for the small modules to ask for. */
const GRAPH = 'sealift:modules';

class CompiledModules {
  #snapshot;
  #finder;
  /** @type {Bytecode} */ #bytecode;
  #hooks = new ProgramHooks();
  /** @type {ModuleGraph | undefined} */ #graph;
  /** @type {Map<string, (specifier: string, options?: ImportCallOptions) => Promise<any>>} */ #importers =
    new Map();

  /**
   * @param {Snapshot} snapshot
   * @param {Bytecode} bytecode
   * @param {Finder} finder
   */
  constructor(snapshot, bytecode, finder) {
    this.#snapshot = snapshot;
    this.#bytecode = bytecode;
    this.#finder = finder;
  }

  /** URL of the module that the process or thread was started with, if it is an ES module. */
  main = '';

  /** The graph of packaged ES modules. */
  get graph() {
    if (this.#graph === undefined) {
      const { ModuleGraph } = require('./module-graph.js');
      this.#graph = new ModuleGraph({
        snapshot: this.#snapshot,
        bytecode: this.#bytecode,
        finder: this.#finder,
        hooks: this.#hooks,
        isMain: (url) => url === this.main,
        importElsewhere: (specifier, parentURL, attributes) =>
          this.#importElsewhere(specifier, parentURL, attributes),
      });
    }
    return this.#graph;
  }

  /** Have Node's loader run what `load` gives it. */
  install() {
    const { prototype } = /** @type {any} */ (Module);
    const { _compile: compile } = prototype;
    const modules = this;
    prototype._compile = /** @this {any} */ function _compile(
      /** @type {string} */ content,
      /** @type {string} */ filename,
      /** @type {string | undefined} */ format,
      /** @type {unknown[]} */ ...rest
    ) {
      modules.#check(`${content}`, filename);
      if (!`${content}`.startsWith(MARKER)) {
        return compile.call(this, content, filename, format, ...rest);
      }
      if (format !== 'module') {
        const compiled = modules.#commonjs(filename);
        if (compiled === null) {
          const source = modules.#snapshot.table.text(modules.#snapshot.find(filename));
          require('../modules/node20.js').willRun(source, false);
          return compile.call(this, source, filename, format, ...rest);
        }
        // Called here, so that stack traces have one frame of this, where they would have one of Node's `_compile`.
        return Reflect.apply(compiled, this.exports, argumentsOf(this, filename));
      }
      const { href } = pathToFileURL(filename);
      if (this.id !== '.') {
        this.exports = modules.graph.require(href);
        return undefined;
      }
      // The program's entry, for Node's own loader to begin with.
      return compile.call(this, modules.#facade(href), filename, format, ...rest);
    };
    const { getBuiltinModule } = process;
    process.getBuiltinModule = /** @param {string} id @returns {any} */ (id) =>
      id === GRAPH ? this.graph : getBuiltinModule(id);
  }

  /** To be called after the runtime's own hooks have been registered. */
  heedHooks() {
    this.#hooks.install();
  }

  /**
   * @param {string} url
   * @param {number} file
   * @param {boolean} imported by `import`, not by `require`
   * @returns {Module.LoadFnOutput | null} null: nothing to do with bytecode
   */
  load(url, file, imported) {
    const entry = this.#bytecode.find(file);
    if (this.#isModule(file, entry)) {
      const source = imported ? this.#facade(url) : MARKER;
      return { format: 'module', source, shortCircuit: true };
    }
    if (entry < 0) return null;
    // A hook of the program's may change the source, if there is one.
    if (this.#hooks.areThere && !this.#snapshot.table.isLeftOut(file)) return null;
    if (!imported) return { format: 'commonjs', source: MARKER, shortCircuit: true };
    // For the names of its exports; it comes back to `_compile` as well.
    return { format: 'commonjs-sync', source: this.#stub(entry), shortCircuit: true };
  }

  /**
   * What Node's lexer of the names of exports is to read for a script whose source is left out.
   *
   * @param {number} file
   * @returns {string | null} null: its source is packaged
   */
  namesOf(file) {
    return this.#snapshot.table.isLeftOut(file) ? this.#stub(this.#bytecode.find(file)) : null;
  }

  /** @param {number} entry of a CommonJS module @returns {string} source that has the names of its exports */
  #stub(entry) {
    const { exports, reexports } = this.#bytecode.names(entry);
    const names = exports.map((name) => `exports[${JSON.stringify(name)}] = 0;`);
    const others = reexports.map((name) => `__exportStar(require(${JSON.stringify(name)}));`);
    return [MARKER, ...names, ...others].join('\n');
  }

  /**
   * See that no hook of the program has changed what stands for a source.
   *
   * @param {string} content
   * @param {string} filename
   */
  #check(content, filename) {
    if (!this.#hooks.areThere || content === MARKER) return;
    const entry = this.#bytecode.find(this.#snapshot.find(filename));
    if (entry < 0 || content !== this.#stub(entry)) this.#hooks.check(content, filename);
  }

  /**
   * @param {number} file
   * @param {number} entry of its bytecode
   * @returns {boolean} whether it is to be in the graph
   */
  #isModule(file, entry) {
    if (entry >= 0) return this.#bytecode.kind(entry) === Kind.MODULE;
    if (!this.#bytecode.hasModules) return false;
    const format = formatOf(this.#snapshot, file);
    if (format === 'ambiguous') return hasModuleSyntax(this.#snapshot.table.text(file));
    return format === 'module' || format === 'module-typescript';
  }

  /** @param {string} filename @returns {((...args: any[]) => unknown) | null} as `Bytecode.commonjs` in newer releases gives it */
  #commonjs(filename) {
    const entry = this.#bytecode.find(this.#snapshot.find(filename));
    const { href } = pathToFileURL(filename);
    if (HOLDS_DETAILS) {
      /** @type {(specifier: string, options?: ImportCallOptions) => Promise<any>} */
      const importer = (specifier, options) => this.#importerAt(href)(specifier, options);
      return this.#bytecode.commonjs(entry, filename, undefined)?.(importer) ?? null;
    }
    return this.#bytecode.commonjs(entry, filename, (specifier, _, attributes) =>
      this.#bytecode.hasModules
        ? this.graph.import(specifier, href, attributes)
        : this.#importElsewhere(specifier, href, attributes),
    );
  }

  /**
   * The module that Node's own loader takes for a packaged one. What it exports does not change any more
   * when the real module has been evaluated.
   *
   * @param {string} url
   * @returns {string} source
   */
  #facade(url) {
    const { names, isAsync } = this.graph.outline(url);
    const evaluate = isAsync || url === this.main ? 'await graph.evaluate' : 'graph.evaluateNow';
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
   * `import()` by Node's own loader, as if in a packaged file.
   *
   * @param {string} specifier
   * @param {string} parentURL
   * @param {Record<string, string | undefined>} attributes
   * @returns {Promise<any>} namespace
   */
  #importElsewhere(specifier, parentURL, attributes) {
    return this.#importerAt(parentURL)(specifier, {
      with: /** @type {ImportAttributes} */ (attributes ?? {}),
    });
  }

  /** @param {string} parentURL @returns {(specifier: string, options?: ImportCallOptions) => Promise<any>} its `import` */
  #importerAt(parentURL) {
    let importer = this.#importers.get(parentURL);
    if (importer === undefined) {
      if (Module.registerHooks === undefined) require('../modules/node20.js').willImport();
      const { fileURLToPath } = require('node:url');
      const module = /** @type {any} */ (new Module(fileURLToPath(parentURL)));
      compileSource.call(
        module,
        'module.exports = (specifier, options) => import(specifier, options);',
        module.id,
      );
      importer = /** @type {(specifier: string, options?: ImportCallOptions) => Promise<any>} */ (
        module.exports
      );
      this.#importers.set(parentURL, importer);
    }
    return importer;
  }
}

module.exports = { CompiledModules };

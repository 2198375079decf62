'use strict';

/** Which module a specifier means in the graph of ES modules, and what its format is. */

const { isBuiltin } = require('node:module');
const { fileURLToPath } = require('node:url');
const { nodeError } = require('../node-errors.js');
const { formatOf, hasModuleSyntax } = require('../modules/formats.js');
const { Kind } = require('./wrapper.js');

/** @typedef {import('./module-graph.js').Context} Context */
/** @typedef {import('./module-graph.js').Attributes} Attributes */

class GraphResolution {
  #context;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
  }

  /**
   * @param {string} specifier
   * @param {string} parentURL
   * @param {Attributes} [attributes]
   * @returns {string | null} URL of what is packaged or what the program's hooks return; null:
   *   neither
   */
  resolve(specifier, parentURL, attributes = {}) {
    const { finder, hooks } = this.#context;
    if (!hooks.any) return this.#find(specifier, parentURL);
    const conditions = [...finder.conditions];
    const context = { conditions, importAttributes: { ...attributes }, parentURL };
    const last = (/** @type {string} */ request, /** @type {any} */ { parentURL: parent }) => {
      const found = this.#find(request, parent) ?? urlOnDisk(request, parent);
      const format = found.startsWith('node:') ? undefined : this.formatOfUrl(found);
      return { __proto__: null, url: found, format };
    };
    return hooks.run('resolve', specifier, context, last).url;
  }

  /**
   * @param {string} specifier
   * @param {string} parentURL
   * @returns {string | null} URL of what is packaged, or of one of Node's own modules
   */
  #find(specifier, parentURL) {
    if (!isBuiltin(specifier)) return this.#context.finder.resolveImport(specifier, parentURL);
    return specifier.startsWith('node:') ? specifier : `node:${specifier}`;
  }

  /** @param {string} url @returns {string} the format that hooks of the program are told */
  formatOfUrl(url) {
    return url.startsWith('node:') ? 'builtin' : this.formatOf(this.#context.finder.indexOf(url));
  }

  /** @param {number} file @returns {string} */
  formatOf(file) {
    const { snapshot, bytecode } = this.#context;
    if (file < 0) return 'unknown';
    const entry = bytecode.find(file);
    if (entry >= 0) return bytecode.kind(entry) === Kind.MODULE ? 'module' : 'commonjs';
    const format = formatOf(snapshot, file);
    if (format !== 'ambiguous') return format;
    return hasModuleSyntax(snapshot.table.text(file)) ? 'module' : 'commonjs';
  }
}

/** @param {string} format @returns {boolean} whether Node's own loader loads it */
function isNative(format) {
  return format === 'wasm' || format === 'addon';
}

/** @param {string} specifier @returns {boolean} */
function isPath(specifier) {
  return /^\.{0,2}\//.test(specifier) || URL.canParse(specifier);
}

/** @param {string} url @returns {string} */
function pathOf(url) {
  return url.startsWith('file:') ? fileURLToPath(url) : url;
}

/**
 * @param {string} specifier
 * @param {string} parentURL
 * @returns {string} URL of what is not packaged
 */
function urlOnDisk(specifier, parentURL) {
  if (!isPath(specifier)) throw notFound(specifier, parentURL);
  return new URL(specifier, parentURL).href;
}

/** @param {string} specifier @param {string} parentURL @returns {Error} like Node's */
function notFound(specifier, parentURL) {
  const what = isPath(specifier)
    ? `module '${pathOf(new URL(specifier, parentURL).href)}'`
    : `package '${specifier}'`;
  const message = `Cannot find ${what} imported from ${pathOf(parentURL)}`;
  return nodeError(Error, 'ERR_MODULE_NOT_FOUND', message);
}

module.exports = { GraphResolution, isNative, isPath, pathOf, notFound };

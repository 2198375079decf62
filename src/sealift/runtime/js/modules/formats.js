'use strict';

/**
 * The format that a packaged file has for the module loader.
 *
 * The build stores a role for every file that it reads as a module. A program may also load a file
 * that was packaged as an asset (a computed specifier, a whole package). Then its name, its
 * package.json and, as in Node, its syntax decide.
 */

const { compileFunction } = require('node:vm');
const { Role } = require('../table.js');
const { parentOf } = require('../paths.js');

/**
 * @typedef {import('../snapshot.js').Snapshot} Snapshot
 * @typedef {'commonjs' | 'module' | 'json' | 'wasm' | 'addon' | 'commonjs-typescript' |
 *   'module-typescript'} Format
 */

const IS_NODE_20 = process.version.startsWith('v20.');
const CJS_PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];

/** V8's messages about syntax that only a module may contain. */
const MODULE_SYNTAX = [
  'Cannot use import statement outside a module',
  "Unexpected token 'export'",
  "Cannot use 'import.meta' outside a module",
  'await is only valid in async functions and the top level bodies of modules',
];

/** @type {Map<number, Format>} */
const FORMAT_OF_ROLE = new Map([
  [Role.COMMONJS, 'commonjs'],
  [Role.MODULE, 'module'],
  [Role.JSON, 'json'],
  [Role.WASM, 'wasm'],
  [Role.ADDON, 'addon'],
]);

/** @type {Map<string, Format>} */
const FORMAT_OF_EXTENSION = new Map([
  ['.cjs', 'commonjs'],
  ['.mjs', 'module'],
  ['.json', 'json'],
  ['.wasm', 'wasm'],
  ['.node', 'addon'],
  ['.cts', 'commonjs-typescript'],
  ['.mts', 'module-typescript'],
]);

/**
 * @param {Snapshot} snapshot
 * @param {number} file
 * @returns {Format | 'ambiguous' | 'unknown'} 'ambiguous': the syntax decides between CommonJS and
 *   ES module; 'unknown': an extension that `import` refuses
 */
function formatOf(snapshot, file) {
  const { table } = snapshot;
  const stored = FORMAT_OF_ROLE.get(table.role(file));
  if (stored !== undefined) return stored;
  const extension = extensionOf(table.name(file));
  const named = FORMAT_OF_EXTENSION.get(extension);
  if (named !== undefined) return named;
  const type = snapshot.manifests.nearest(parentOf(table.locationOf(file)))?.type;
  if (extension === '.js' || extension === '') return type ?? 'ambiguous';
  if (extension === '.ts') return type === 'module' ? 'module-typescript' : 'commonjs-typescript';
  return 'unknown';
}

/**
 * @param {string} source
 * @returns {boolean} whether it is an ES module and cannot be CommonJS
 */
function hasModuleSyntax(source) {
  try {
    compileFunction(source, CJS_PARAMETERS);
    return false;
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    return MODULE_SYNTAX.some((text) => message.includes(text));
  }
}

/**
 * Check the type attribute of an import (`with { type: 'json' }`). Node does it in the step that
 * the load hook replaces.
 *
 * @param {string} url
 * @param {string} format
 * @param {string | undefined} type
 */
function checkType(url, format, type) {
  if ((type === 'json') === (format === 'json')) return;
  if (type !== undefined && type !== 'json') return;
  const { nodeError } = require('../node-errors.js');
  if (IS_NODE_20) {
    throw type === 'json'
      ? nodeError(
          TypeError,
          'ERR_IMPORT_ASSERTION_TYPE_FAILED',
          `Module "${url}" is not of type "json"`,
        )
      : nodeError(
          TypeError,
          'ERR_IMPORT_ASSERTION_TYPE_MISSING',
          `Module "${url}" needs an import attribute of type "json"`,
        );
  }
  throw type === 'json'
    ? nodeError(
        TypeError,
        'ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE',
        `Module "${url}" is not of type "json"`,
      )
    : nodeError(
        TypeError,
        'ERR_IMPORT_ATTRIBUTE_MISSING',
        `Module "${url}" needs an import attribute of "type: json"`,
      );
}

/** @param {string} path @returns {Error} */
function unknownExtension(path) {
  const { nodeError } = require('../node-errors.js');
  return nodeError(
    TypeError,
    'ERR_UNKNOWN_FILE_EXTENSION',
    `Unknown file extension "${extensionOf(path)}" for ${path}`,
  );
}

/** @param {string} name @returns {string} with its dot, or '' */
function extensionOf(name) {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot) : '';
}

module.exports = {
  CJS_PARAMETERS,
  formatOf,
  hasModuleSyntax,
  checkType,
  unknownExtension,
};

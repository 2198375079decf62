'use strict';

/** The option `--check`: compiles a script without running it. */

const fs = process.getBuiltinModule('node:fs');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');
const { internals, withoutWarnings } = require('../node-internals.js');
const { CJS_PARAMETERS, hasModuleSyntax, unknownExtension } = require('../modules/formats.js');
const { restart } = require('./restart.js');

/** Of the others, Node does not know the format. */
const KNOWN = new Set([
  '',
  '.js',
  '.mjs',
  '.cjs',
  '.ts',
  '.mts',
  '.cts',
  '.json',
  '.wasm',
  '.node',
]);

/**
 * @param {import('../snapshot.js').Snapshot} snapshot
 * @param {string | undefined} script '-' or nothing: standard input
 * @param {boolean | undefined} isModule whether `--input-type` says so
 */
function checkSyntax(snapshot, script, isModule) {
  if (script === undefined || script === '-') {
    const text = fs.readFileSync(0, 'utf8');
    check(text, '[stdin]', isModule ?? hasModuleSyntax(text));
    return;
  }
  const file = internals._resolveFilename(snapshot.fromWorkingDirectory(script), null, false);
  if (!KNOWN.has(path.extname(file))) throw unknownExtension(file);
  const packaged = snapshot.find(file);
  // It was compiled when the executable was built.
  if (packaged >= 0 && snapshot.table.hasNoSource(packaged)) return;
  const text = withoutTypes(file, fs.readFileSync(file, 'utf8').replace(/^#!.*/, ''));
  const extension = path.extname(file);
  const isCommonJs = extension === '.cjs' || extension === '.cts';
  const isMarked = extension === '.mjs' || extension === '.mts';
  check(text, file, !isCommonJs && (isMarked || isModulePackage(file, text)));
}

/** @param {string} file @param {string} text @returns {boolean} */
function isModulePackage(file, text) {
  for (let above = path.dirname(file); ; above = path.dirname(above)) {
    try {
      const { type } = JSON.parse(fs.readFileSync(path.join(above, 'package.json'), 'utf8'));
      return type === 'module' || (type !== 'commonjs' && hasModuleSyntax(text));
    } catch {
      if (above === path.dirname(above)) return hasModuleSyntax(text);
    }
  }
}

/** @param {string} file @param {string} text @returns {string} */
function withoutTypes(file, text) {
  const { stripTypeScriptTypes } = Module;
  if (!/\.[cm]?ts$/.test(file) || stripTypeScriptTypes === undefined) return text;
  return withoutWarnings(() => stripTypeScriptTypes(text));
}

/** @param {string} text @param {string} file @param {boolean} isModule */
function check(text, file, isModule) {
  if (!isModule) {
    vm.compileFunction(text, CJS_PARAMETERS, { filename: file });
  } else if (vm.SourceTextModule === undefined) {
    restart('--experimental-vm-modules', {});
  } else {
    withoutWarnings(() => new vm.SourceTextModule(text, { identifier: file }));
  }
}

module.exports = { checkSyntax };

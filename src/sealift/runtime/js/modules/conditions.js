'use strict';

/** The conditions by which `exports` and `imports` of package.json are resolved in this process. */

// In Node 20 an ES module that is loaded by `require` cannot import packaged files. Without this
// condition a package that has both forms gives `require` its CommonJS (releases.py).
const MODULE_SYNC = process.version.startsWith('v20.') ? [] : ['module-sync'];
const CONDITIONS = [...userConditions(), 'node', 'node-addons', ...MODULE_SYNC];
const REQUIRE_CONDITIONS = ['require', ...CONDITIONS];
const IMPORT_CONDITIONS = ['import', ...CONDITIONS];

/** @returns {Set<string>} the conditions that Node's options add (`--conditions`) */
function userConditions() {
  const { NODE_OPTIONS = '' } = process.env;
  const all = `${process.execArgv.join(' ')} ${NODE_OPTIONS}`;
  if (!all.includes('--conditions') && !all.includes('-C')) return new Set();
  const given = [...process.execArgv, ...NODE_OPTIONS.split(/\s+/)].filter((word) => word !== '');
  const { parse } = require('../processes/node-options.js');
  const { options } = parse(given);
  const added = options.filter(({ name }) => name === '--conditions');
  return new Set(added.map(({ value }) => String(value)));
}

module.exports = { REQUIRE_CONDITIONS, IMPORT_CONDITIONS };

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
  const words = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)];
  const given = words.filter((word) => word !== '');
  if (!given.some((word) => word.startsWith('--conditions') || word.startsWith('-C'))) {
    return new Set();
  }
  const { parse } = require('../processes/node-options.js');
  const { options } = parse(given);
  const added = options.filter(({ name }) => name === '--conditions');
  return new Set(added.map(({ value }) => String(value)));
}

module.exports = { REQUIRE_CONDITIONS, IMPORT_CONDITIONS };

'use strict';

/** What observes how modules are loaded: users, debuggers, other modules, and Node itself. */

const Module = require('node:module');
const { compileSource, newModule } = require('../node-internals.js');

/** Environment variables, and options, with which Node itself has to load every module. */
const VARIABLES = ['NODE_V8_COVERAGE', 'WATCH_REPORT_DEPENDENCIES'];
const OPTIONS =
  /(?:^|\s)--(?:inspect-brk|trace-event|trace-require-module|experimental-policy|experimental-default-type|policy-integrity)/;
const DEBUG = /(?:^|,)\s*(?:module|\*)/i;

/** @returns {boolean} whether something observes how this process loads modules */
function isObserved() {
  const { env, execArgv } = process;
  const { NODE_DEBUG, NODE_OPTIONS = '' } = env;
  const given = `${execArgv.join(' ')} ${NODE_OPTIONS}`;
  return (
    VARIABLES.some((name) => env[name]) ||
    (NODE_DEBUG !== undefined && DEBUG.test(NODE_DEBUG)) ||
    (given !== ' ' && OPTIONS.test(given))
  );
}

/** @returns {{hasSubscribers: boolean} | undefined} Node's channel for each `require` */
function requireChannel() {
  if (Module.registerHooks === undefined) return undefined;
  return require('node:diagnostics_channel').tracingChannel('module.require');
}

/**
 * Return the symbol by which Node marks a module that is running: an ES module that it requires
 * must not import it.
 *
 * @returns {symbol}
 */
function executingSymbol() {
  const probe = newModule('sealift:probe');
  compileSource.call(probe, '', probe.id);
  const named = Object.getOwnPropertySymbols(probe).find(
    ({ description }) => description === 'kIsExecuting',
  );
  return named ?? Symbol('unused');
}

module.exports = { isObserved, requireChannel, executingSymbol };

'use strict';

/** The option `--test`: runs test files with Node's own test runner. */

// Node's test runner takes functions out of it.
process.getBuiltinModule('node:child_process');
const { run } = require('node:test');
const reporters = require('node:test/reporters');

/** @typedef {import('./node-options.js').Option} Option */

/** Options of `node --test` by the names that `run` has for them. */
const NUMBERS = new Map([
  ['--test-concurrency', 'concurrency'],
  ['--test-timeout', 'timeout'],
]);
const FLAGS = new Map([
  ['--test-force-exit', 'forceExit'],
  ['--test-only', 'only'],
  ['--experimental-test-coverage', 'coverage'],
]);
const PATTERNS = new Map([
  ['--test-name-pattern', 'testNamePatterns'],
  ['--test-skip-pattern', 'testSkipPatterns'],
]);

/**
 * @param {readonly Option[]} options
 * @param {readonly string[]} patterns of files; none: Node's own
 */
function runTests(options, patterns) {
  /** @type {Record<string, any>} */
  const settings = { concurrency: true };
  if (patterns.length !== 0) settings.globPatterns = patterns;
  for (const { name, value } of options) {
    const number = NUMBERS.get(name);
    if (number !== undefined) settings[number] = Number(value);
    const flag = FLAGS.get(name);
    if (flag !== undefined) settings[flag] = true;
    const list = PATTERNS.get(name);
    if (list !== undefined) settings[list] = [...(settings[list] ?? []), value];
    if (name === '--test-shard') {
      const [index, total] = String(value).split('/').map(Number);
      settings.shard = { index, total };
    }
  }
  // Where Node 20 finds the patterns.
  process.argv = [process.argv[0], ...patterns];
  const stream = run(settings);
  stream.on('test:fail', (data) => {
    if (data.todo === undefined || data.todo === false) process.exitCode = 1;
  });
  stream.compose(reporterOf(options)).pipe(process.stdout);
}

/** @param {readonly Option[]} options @returns {any} */
function reporterOf(options) {
  const isNew = Number.parseInt(process.versions.node, 10) >= 23;
  const usual = isNew || process.stdout.isTTY ? 'spec' : 'tap';
  const name = options.findLast((option) => option.name === '--test-reporter')?.value ?? usual;
  const reporter = /** @type {Record<string, any>} */ (reporters)[String(name)];
  return name === 'spec' || name === 'lcov' ? new reporter() : reporter;
}

module.exports = { runTests };

'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const { tableOf, RUNTIME } = require('./tree.js');
const { MISSING, NOT_A_DIRECTORY, LOOP, DIRECTORY, FILE, SYMLINK, errorCode } = require(
  path.join(RUNTIME, 'table.js'),
);

const table = tableOf({
  'p/a.js': {
    content: 'a',
    role: 1,
    mode: 0o755,
    links: { require: { './b': 3, gone: null, __proto__: null } },
  },
  'p/a-b': '',
  'p/a/x': 'x',
  'p/\u{1f600}': 'smile',
  'p/\uff21': 'wide',
  'p/text': 'caf\u00e9',
  'p/__proto__': 'proto',
  'p/empty': {},
  'p/to-a': { link: 'a' },
  'p/to-file': { link: './a/../a/x' },
  'p/up': { link: '..' },
  'p/loop': { link: 'loop' },
  'p/ping': { link: 'pong' },
  'p/pong': { link: 'ping' },
  'p/dangling': { link: 'nothing' },
  'p/through': { link: 'text/x' },
  'q/other': { link: '../p/to-a/x' },
});

/** @param {string} location @param {boolean} [follow] */
const at = (location, follow) => {
  const index = table.lookup(location, follow);
  return index < 0 ? errorCode(index) : table.locationOf(index);
};

test('plain paths', () => {
  for (const location of [
    'p',
    'p/a.js',
    'p/a-b',
    'p/a',
    'p/a/x',
    'p/\u{1f600}',
    'p/\uff21',
    'p/__proto__',
    'p/empty',
  ]) {
    assert.equal(at(location), location);
    assert.equal(at(location, false), location);
  }
  assert.equal(table.lookup(''), 0);
});

test('what is not there', () => {
  assert.equal(table.lookup('p/nothing'), MISSING);
  assert.equal(table.lookup('p/nothing/x'), MISSING);
  assert.equal(table.lookup('p/nothing/../a'), MISSING);
  assert.equal(table.lookup('p/text/x'), NOT_A_DIRECTORY);
  assert.equal(table.lookup('p/text/'), NOT_A_DIRECTORY);
  assert.equal(table.lookup('p/text/..'), NOT_A_DIRECTORY);
  assert.equal(table.lookup('p/constructor'), MISSING);
  assert.equal(table.lookup('P/a.js'), MISSING);
  assert.equal(table.lookup('p/a'.repeat(50)), MISSING);
});

test('as the kernel walks', () => {
  assert.equal(at('p//a/./x'), 'p/a/x');
  assert.equal(at('p/a/'), 'p/a');
  assert.equal(at('p/a/../a.js'), 'p/a.js');
  assert.equal(at('p/to-a/..'), 'p');
  assert.equal(at('q/../p/up/q'), 'q');
});

test('too long', () => {
  const component = 'n'.repeat(255);
  assert.equal(table.lookup(`p/${component}`), MISSING);
  assert.equal(at(`p/${component}n`), 'ENAMETOOLONG');
  assert.equal(at(`p/${'\u00e9'.repeat(128)}`), 'ENAMETOOLONG');
  assert.equal(table.lookup(`p/nothing/${component}n`), MISSING);
  const longest = 4095 - '/snapshot/p/a'.length;
  assert.equal(at(`p/a${'/'.repeat(longest)}`), 'p/a');
  assert.equal(at(`p/a${'/'.repeat(longest + 1)}`), 'ENAMETOOLONG');
  assert.equal(at('p/'.repeat(1_000_000)), 'ENAMETOOLONG');
  assert.equal(at(`p${'/a/..'.repeat(500)}/a.js`), 'p/a.js');
});

test('other spellings of paths use no memory', () => {
  const spellings = 50_000;
  for (const spell of [
    (/** @type {number} */ n) => `p/${'./'.repeat(n % 1500)}a/../a.js`,
    (/** @type {number} */ n) => `p/${n.toString(2).replace(/./g, 'up/p/')}a.js`,
  ]) {
    assert.equal(at(spell(1)), 'p/a.js');
    const before = used();
    for (let n = 2; n < spellings; n += 1) table.lookup(spell(n));
    assert.ok(used() - before < 6_000_000, `${used() - before} bytes`);
  }
});

/** @returns {number} bytes in use */
function used() {
  /** @type {any} */ (globalThis).gc ??= collector();
  /** @type {any} */ (globalThis).gc();
  return process.memoryUsage().heapUsed;
}

function collector() {
  require('node:v8').setFlagsFromString('--expose-gc');
  return require('node:vm').runInNewContext('gc');
}

test('links', () => {
  assert.equal(at('p/to-a'), 'p/a');
  assert.equal(at('p/to-a', false), 'p/to-a');
  assert.equal(at('p/to-a/', false), 'p/a');
  assert.equal(at('p/to-a/x', false), 'p/a/x');
  assert.equal(at('p/to-file'), 'p/a/x');
  assert.equal(at('q/other'), 'p/a/x');
  assert.equal(at('p/up/p/up/p/a.js'), 'p/a.js');
  assert.equal(table.lookup('p/loop'), LOOP);
  assert.equal(table.lookup('p/ping'), LOOP);
  assert.equal(table.lookup('p/ping/x'), LOOP);
  assert.equal(at('p/loop', false), 'p/loop');
  assert.equal(table.lookup('p/dangling'), MISSING);
  assert.equal(table.lookup('p/through'), NOT_A_DIRECTORY);
  assert.equal(table.linkTarget(table.lookup('p/to-file', false)), './a/../a/x');
});

test('records', () => {
  const file = table.lookup('p/a.js');
  assert.equal(table.kind(file), FILE);
  assert.equal(table.kind(table.lookup('p')), DIRECTORY);
  assert.equal(table.kind(table.lookup('p/loop', false)), SYMLINK);
  assert.deepEqual(
    [table.role(file), table.mode(file), table.size(file), table.name(file)],
    [1, 0o755, 1, 'a.js'],
  );
  assert.equal(table.text(table.lookup('p/text')), 'caf\u00e9');
  assert.equal(table.size(table.lookup('p/text')), 5);
  assert.equal(table.size(table.lookup('p/to-a', false)), 1);
  const directory = table.lookup('p');
  const names = Array.from({ length: table.childCount(directory) }, (_, n) =>
    table.name(table.firstChild(directory) + n),
  );
  assert.equal(names.length, 16);
  assert.ok(names.indexOf('\uff21') < names.indexOf('\u{1f600}'), 'sorted by bytes, not by UTF-16');
});

test('a copy is not the memory itself', () => {
  const file = table.lookup('p/a/x');
  const copy = table.copy(file);
  copy[0] = 0;
  assert.equal(table.text(file), 'x');
  assert.equal(copy.byteOffset, 0);
  assert.equal(copy.buffer.byteLength, 1);
  assert.equal(String(table.copy(table.lookup('p/\u{1f600}'), 1, 3)), 'mi');
});

test('stored answers', () => {
  const file = table.lookup('p/a.js');
  assert.equal(table.resolutions.get(file, 'require', './b'), 3);
  assert.equal(table.resolutions.get(file, 'require', 'gone'), null);
  assert.equal(table.resolutions.get(file, 'require', 'other'), undefined);
  assert.equal(table.resolutions.get(file, 'require', 'constructor'), undefined);
  assert.equal(table.resolutions.get(file, 'import', './b'), undefined);
  assert.equal(table.resolutions.has(table.lookup('p/a/x')), false);
  assert.equal(table.resolutions.get(table.lookup('p/a/x'), 'require', './b'), undefined);
});

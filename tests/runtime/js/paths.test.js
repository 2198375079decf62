'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const { pathToFileURL } = require('node:url');
const { RUNTIME } = require('./tree.js');
const { Paths } = require(path.join(RUNTIME, 'paths.js'));

const posix = new Paths('linux');
const windows = new Paths('win32');

/** @type {[string, string | null][]} */
const POSIX = [
  ['/snapshot', ''],
  ['/snapshot/', ''],
  ['/snapshot/p/a.js', 'p/a.js'],
  ['/snapshot//p', '/p'],
  ['//snapshot/p', 'p'],
  ['/./snapshot/p', 'p'],
  ['/tmp/../snapshot/p', 'p'],
  ['/snapshot/p/../q', 'p/../q'],
  ['/snapshot/p/', 'p/'],
  ['/tmp/../snapshot/p/', 'p/'],
  ['/snapshot/..', null],
  ['/snapshot/../etc', null],
  ['/snapshot/../snapshot/p', 'p'],
  ['/snapshot/p/../../snapshot/q', 'q'],
  ['/snapshots', null],
  ['/snapshot.txt', null],
  ['/home/snapshot/p', null],
  ['snapshot/p', null],
  ['', null],
  ['/', null],
  ['C:\\snapshot\\p', null],
  ['/snapshot/a\0b', null],
  ['/Snapshot/p', null],
];

/** @type {[string, string | null][]} */
const WINDOWS = [
  ['C:\\snapshot', ''],
  ['C:\\snapshot\\', ''],
  ['C:\\snapshot\\p\\a.js', 'p/a.js'],
  ['D:\\snapshot\\p', 'p'],
  ['c:/snapshot/p/a.js', 'p/a.js'],
  ['C:\\x\\..\\snapshot\\p', 'p'],
  ['C:\\snapshot\\p\\..\\q', 'q'],
  ['C:\\snapshot\\..\\x', null],
  ['\\\\?\\C:\\snapshot\\p', 'p'],
  ['\\\\.\\C:\\snapshot\\p', 'p'],
  ['C:\\snapshots', null],
  ['C:\\x\\snapshot', null],
  ['\\\\server\\snapshot\\p', null],
];

test('POSIX paths', () => {
  for (const [text, location] of POSIX) assert.equal(posix.toLocation(text), location, text);
});

test('Windows paths', () => {
  for (const [text, location] of WINDOWS) assert.equal(windows.toLocation(text), location, text);
});

test('relative paths start at the working directory', () => {
  const up = path.relative(process.cwd(), '/snapshot/p/a.js');
  assert.equal(posix.toLocation(up), 'p/a.js');
});

test('Buffers and URLs', () => {
  assert.equal(posix.toLocation(Buffer.from('/snapshot/p/caf\u00e9')), 'p/caf\u00e9');
  assert.equal(posix.toLocation(new Uint8Array(Buffer.from('/snapshot/p'))), 'p');
  assert.equal(posix.toLocation(pathToFileURL('/snapshot/p/a b#c%')), 'p/a b#c%');
  assert.equal(posix.toLocation(new URL('file:///snapshot/p?q#h')), 'p');
  assert.equal(posix.toLocation(new URL('file:///snapshot/a%2fb')), null);
  assert.equal(posix.toLocation(new URL('https://example.org/snapshot/p')), null);
  assert.equal(windows.toLocation(new URL('file:///C:/snapshot/p/a%20b')), 'p/a b');
  for (const wrong of [undefined, null, 5, {}, [], Symbol('x')]) {
    assert.equal(posix.toLocation(wrong), null);
  }
});

test('back again', () => {
  assert.equal(posix.fromLocation(''), '/snapshot');
  assert.equal(posix.fromLocation('p/a.js'), '/snapshot/p/a.js');
  assert.equal(windows.fromLocation(''), 'C:\\snapshot');
  assert.equal(windows.fromLocation('p/a.js'), 'C:\\snapshot\\p\\a.js');
});

test('mounts', () => {
  const paths = new Paths('linux');
  paths.mount('/snapshot/p/plugins/', '/opt/plugins');
  paths.mount(/^\/snapshot\/data-(\w+)/, '/var/$1');
  assert.equal(paths.toLocation('/snapshot/p/plugins'), null);
  assert.equal(paths.toLocation('/snapshot/p/plugins/x'), null);
  assert.equal(paths.toLocation('/snapshot/p/plugins-2'), 'p/plugins-2');
  assert.equal(paths.onDisk('/snapshot/p/plugins'), '/opt/plugins');
  assert.equal(paths.onDisk('/snapshot/p/plugins/a/b'), '/opt/plugins/a/b');
  assert.equal(paths.onDisk(Buffer.from('/snapshot/p/plugins/a')), '/opt/plugins/a');
  assert.equal(paths.onDisk('/snapshot/data-7/x'), '/var/7/x');
  assert.equal(paths.onDisk('/snapshot/p/a'), '/snapshot/p/a');
  assert.equal(paths.onDisk('/elsewhere'), '/elsewhere');
  assert.equal(paths.onDisk(7), 7);
  assert.equal(paths.fromDisk('/opt/plugins/a/b'), '/snapshot/p/plugins/a/b');
  assert.equal(paths.fromDisk('/opt/other'), '/opt/other');
  assert.equal(paths.fromDisk('/var/7/x.js'), '/var/7/x.js');
  assert.equal(paths.fromDisk('/var/7/x.js', '/snapshot/data-7/x'), '/snapshot/data-7/x.js');
  assert.equal(paths.fromDisk('/real/x.js', '/snapshot/data-7/x'), '/real/x.js');
  assert.deepEqual(paths.mountedNames('p'), ['plugins']);
  assert.deepEqual(paths.mountedNames('q'), []);
  paths.mount('/snapshot/p', '/opt/p');
  assert.throws(() => paths.toLocation('/snapshot/p/plugins/x'), /UNEXPECTED-00/);
  const drive = new Paths('win32');
  drive.mount('C:\\snapshot\\p', 'D:\\data');
  assert.equal(drive.onDisk('C:\\snapshot\\p\\x'), 'D:\\data\\x');
  assert.equal(drive.toLocation('C:/snapshot/p/x'), null);
});

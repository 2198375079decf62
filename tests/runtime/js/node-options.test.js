'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const { RUNTIME } = require('./tree.js');
const { parse, forEnvironment, forV8 } = require(path.join(RUNTIME, 'processes/node-options.js'));

/** @type {[string[], string[], [string, string | undefined][], string[]][]} */
const CASES = [
  [['x.js', '-e'], [], [], ['x.js', '-e']],
  [['-e', 'code', 'x'], ['-e', 'code'], [['--eval', 'code']], ['x']],
  [['--eval=a=b'], ['--eval=a=b'], [['--eval', 'a=b']], []],
  [
    ['-p', 'code', '-x'],
    ['-p', 'code', '-x'],
    [
      ['--print', 'code'],
      ['-x', undefined],
    ],
    [],
  ],
  [
    ['-pe', 'code', 'x'],
    ['-pe', 'code'],
    [
      ['--print', undefined],
      ['--eval', 'code'],
    ],
    ['x'],
  ],
  [
    ['-p', '-e', 'code'],
    ['-p', '-e', 'code'],
    [
      ['--print', undefined],
      ['--eval', 'code'],
    ],
    [],
  ],
  [
    ['-r', './a', '-r', 'b', 'x'],
    ['-r', './a', '-r', 'b'],
    [
      ['--require', './a'],
      ['--require', 'b'],
    ],
    ['x'],
  ],
  [
    ['--no-warnings', 'x.js', '--y'],
    ['--no-warnings'],
    [['--no-warnings', undefined]],
    ['x.js', '--y'],
  ],
  [['--', '-x'], [], [], ['-x']],
  [['-', '-x'], [], [], ['-', '-x']],
  [
    ['--max-old-space-size=9', 'x'],
    ['--max-old-space-size=9'],
    [['--max-old-space-size', '9']],
    ['x'],
  ],
  [[], [], [], []],
  [['-e'], ['-e'], [['--eval', undefined]], []],
];

test('options, and what follows them', () => {
  for (const [args, given, options, rest] of CASES) {
    const found = parse(args);
    assert.deepEqual(found.given, given, args.join(' '));
    assert.deepEqual(
      found.options.map((/** @type {{name: string, value?: string}} */ option) => [
        option.name,
        option.value,
      ]),
      options,
      args.join(' '),
    );
    assert.deepEqual(found.rest, rest, args.join(' '));
  }
});

test('what goes where', () => {
  const { options } = parse([
    '-e',
    'x',
    '--no-warnings',
    '-C',
    'my "own"',
    '--expose-gc',
    '--harmony-temporal',
    '-r',
    'x',
  ]);
  const environment = forEnvironment(options);
  assert.match(environment, /--no-warnings/);
  assert.match(environment, /"--conditions=my \\"own\\""/);
  assert.doesNotMatch(environment, /--eval|--require|harmony/);
  assert.ok(forV8(options).includes('--harmony-temporal'));
});

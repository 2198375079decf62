// The rules for the JavaScript of the runtime, of the bytecode compiler and of their tests.
// `python -m rigs.javascript` installs ESLint at a pinned version and runs it.

import { createRequire } from 'node:module';

// ESLint is installed outside the repository, and its recommended rules are beside it.
const { configs } = createRequire(process.argv[1])('@eslint/js');

const NODE = ['Buffer', 'URL', 'AbortSignal', 'MessageChannel', 'clearInterval', 'console'];
const COMMONJS = ['exports', 'module', 'process', 'queueMicrotask', 'require', 'setImmediate'];
const globals = [...NODE, ...COMMONJS, '__dirname', '__filename'];

export default [
  configs.recommended,
  {
    languageOptions: {
      ecmaVersion: 2025,
      sourceType: 'commonjs',
      globals: Object.fromEntries(globals.map((name) => [name, 'readonly'])),
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'array-callback-return': 'error',
      curly: ['error', 'multi-line'],
      eqeqeq: 'error',
      'max-len': ['error', { code: 120, comments: 101, ignoreRegExpLiterals: true }],
      'max-lines': ['error', 400],
      'no-else-return': 'error',
      'no-shadow': 'error',
      'no-template-curly-in-string': 'error',
      'no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_$', caughtErrors: 'all' },
      ],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
      'prefer-rest-params': 'error',
      'prefer-template': 'error',
      strict: ['error', 'global'],
    },
  },
];

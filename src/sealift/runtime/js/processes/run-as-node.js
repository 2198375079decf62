'use strict';

/**
 * Runs the executable as `node`: a program starts it so with `fork(script)`,
 * `spawn(process.execPath, [script])` and the like, a user with PKG_EXECPATH=PKG_INVOKE_NODEJS.
 */

const Module = require('node:module');
const path = require('node:path');
const { parse, forV8 } = require('./node-options.js');

/**
 * @param {import('../snapshot.js').Snapshot} snapshot
 * @param {(entrypoint: string) => void} announce receives the path of the script that runs
 */
function runAsNode(snapshot, announce) {
  const { given, options, rest } = parse(process.argv.slice(2));
  process.execArgv = given;
  restoreEnvironment();
  /** @param {string} name */
  const has = (name) => options.some((option) => option.name === name);
  /** @param {string} name */
  const valueOf = (name) => options.findLast((option) => option.name === name)?.value;
  if (has('--version')) {
    console.log(process.version);
    return;
  }
  const flags = forV8(options);
  if (flags.length !== 0) {
    snapshot.bytecode?.proveFlags();
    setFlags(flags);
  }
  const imports = [];
  for (const { name, value } of options) {
    if (name === '--require') preload(String(value));
    if (name === '--import') imports.push(String(value));
  }
  const inputType = valueOf('--input-type');
  const isModule = inputType === undefined ? undefined : inputType.startsWith('module');
  const code = valueOf('--eval') ?? valueOf('--print');

  const start = () => {
    if (code !== undefined) {
      process.argv = [process.argv[0], ...rest];
      const { evaluate, defineBuiltins } = require('../modules/evaluate.js');
      defineBuiltins();
      evaluate({ code, name: '[eval]', isModule, print: has('--print') });
    } else if (rest.length !== 0 && rest[0] !== '-') {
      const [script, ...args] = rest;
      const resolved = snapshot.fromWorkingDirectory(script);
      process.argv = [process.argv[0], resolved, ...args];
      announce(resolved);
      Module.runMain(resolved);
    } else {
      process.argv = [process.argv[0], ...rest];
      if (has('--interactive') || (rest.length === 0 && process.stdin.isTTY)) startRepl();
      else runStandardInput(isModule);
    }
  };

  if (imports.length === 0) start();
  else importAll(imports).then(start);
}

/**
 * Restore the environment that child-processes.js changed, so that grandchildren do not inherit it.
 */
function restoreEnvironment() {
  const before = process.env.SEALIFT_NODE_OPTIONS;
  if (before === undefined) return;
  delete process.env.SEALIFT_NODE_OPTIONS;
  if (before === '') delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = before;
}

/** @param {string[]} flags */
function setFlags(flags) {
  const { setFlagsFromString } = require('node:v8');
  for (const flag of flags) setFlagsFromString(flag);
  if (flags.includes('--expose-gc') || flags.includes('--expose_gc')) {
    /** @type {any} */ (globalThis).gc = require('node:vm').runInNewContext('gc');
  }
}

/** @param {string} specifier */
function preload(specifier) {
  Module.createRequire(path.join(process.cwd(), 'noop.js'))(specifier);
}

/** @param {string[]} specifiers */
async function importAll(specifiers) {
  const { importFromHere } = require('../modules/evaluate.js');
  for (const specifier of specifiers) await importFromHere(specifier);
}

/** @param {boolean | undefined} isModule */
function runStandardInput(isModule) {
  const chunks = /** @type {Buffer[]} */ ([]);
  process.stdin.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
  process.stdin.on('end', () => {
    const { evaluate } = require('../modules/evaluate.js');
    evaluate({ code: Buffer.concat(chunks).toString(), name: '[stdin]', isModule });
  });
}

function startRepl() {
  console.log(`Welcome to Node.js ${process.version}.\nType ".help" for more information.`);
  require('node:repl')
    .start({ useGlobal: true })
    .on('exit', () => process.exit());
}

module.exports = { runAsNode };

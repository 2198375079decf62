'use strict';

/**
 * Runs the executable as `node`: a program starts it so with `fork(script)`,
 * `spawn(process.execPath, [script])` and the like, a user with PKG_EXECPATH=PKG_INVOKE_NODEJS.
 */

const Module = require('node:module');
const { restoreEnvironment, preloadsIn } = require('./child-environment.js');
const { readEnvironmentFiles } = require('./environment-files.js');
const { parse, forV8, splitText } = require('./node-options.js');
const { refusalOf, refuse } = require('./option-errors.js');
const { inherited, preload } = require('./preloads.js');
const { restartFor } = require('./restart.js');

/** @typedef {import('../snapshot.js').Snapshot} Snapshot */

/**
 * @param {Snapshot} snapshot
 * @param {(entrypoint: string) => void} announce receives the path of the script that runs
 */
function runAsNode(snapshot, announce) {
  const commandLine = parse(process.argv.slice(2));
  const { given, options, rest } = commandLine;
  process.execArgv = given;
  const handedOver = restoreEnvironment();
  const refusal = refusalOf(commandLine);
  if (refusal !== null) refuse(refusal);
  const environment = readEnvironmentFiles(options);
  if (handedOver === undefined) restartFor(options, environment);
  Object.assign(process.env, environment);
  /** @param {string} name */
  const has = (name) => options.some((option) => option.name === name);
  /** @param {string} name */
  const valueOf = (name) => options.findLast((option) => option.name === name)?.value;
  const flags = forV8(options);
  if (flags.length !== 0) {
    snapshot.bytecode?.proveFlags();
    setFlags(flags);
  }
  if (has('--version')) {
    console.log(process.version);
    return;
  }
  if (has('--v8-options') || has('--help')) {
    require('./node-help.js').print(has('--help'));
    return;
  }
  const script = valueOf('--run');
  if (script !== undefined) {
    require('./package-scripts.js').runScript(script, rest);
    return;
  }
  const inputType = valueOf('--input-type');
  const isModule = inputType === undefined ? undefined : inputType.startsWith('module');
  const code = valueOf('--eval') ?? valueOf('--print');
  const fromFile = code === undefined && rest.length !== 0 && rest[0] !== '-';

  const start = () => {
    if (has('--test')) {
      require('./test-runner.js').runTests(options, rest);
    } else if (has('--check')) {
      require('./check-syntax.js').checkSyntax(snapshot, rest[0], isModule);
    } else if (code !== undefined) {
      process.argv = [process.argv[0], ...rest];
      const { evaluate, defineBuiltins } = require('../modules/evaluate.js');
      defineBuiltins();
      evaluate({ code, name: '[eval]', isModule, print: has('--print') });
    } else if (fromFile) {
      const [file, ...args] = rest;
      const resolved = snapshot.fromWorkingDirectory(file);
      process.argv = [process.argv[0], resolved, ...args];
      announce(resolved);
      Module.runMain(resolved);
    } else {
      process.argv = [process.argv[0], ...rest];
      if (has('--interactive') || (rest.length === 0 && process.stdin.isTTY)) startRepl();
      else runStandardInput(isModule);
    }
  };

  const own = preloadsIn(given);
  const all = [...(handedOver?.imports ?? []), ...own.imports];
  // Node imports what NODE_OPTIONS names when it runs a file.
  const imports = fromFile ? [] : preloadsIn(splitText(process.env.NODE_OPTIONS ?? '')).imports;
  const preloads = {
    requires: [...(handedOver?.requires ?? []), ...own.requires],
    imports: [...new Set([...imports, ...all])],
  };
  // Worker threads inherit from Node itself what Node has interpreted.
  Object.assign(inherited, { preloads: { ...preloads, imports: all }, execArgv: given });
  preload(snapshot, preloads, start);
}

/** @param {string[]} flags */
function setFlags(flags) {
  const { setFlagsFromString } = require('node:v8');
  for (const flag of flags) setFlagsFromString(flag);
  if (flags.includes('--expose-gc') || flags.includes('--expose_gc')) {
    /** @type {any} */ (globalThis).gc = require('node:vm').runInNewContext('gc');
  }
}

/** @param {boolean | undefined} isModule */
function runStandardInput(isModule) {
  const { evaluate } = require('../modules/evaluate.js');
  readStandardInput((code) => evaluate({ code, name: '[stdin]', isModule }));
}

/** @param {(text: string) => void} next */
function readStandardInput(next) {
  const chunks = /** @type {Buffer[]} */ ([]);
  process.stdin.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
  process.stdin.on('end', () => next(Buffer.concat(chunks).toString()));
}

function startRepl() {
  console.log(`Welcome to Node.js ${process.version}.\nType ".help" for more information.`);
  require('node:repl')
    .start({ useGlobal: true })
    .on('exit', () => process.exit());
}

module.exports = { runAsNode };

'use strict';

/**
 * Lets a packaged program start itself as `node`, like a program that Node runs: `fork(script)`,
 * `spawn(process.execPath, [script])`, `exec('node script.js')`.
 *
 * If a command names `node` or this executable, this executable runs instead, and its environment
 * says that it means `node` (child-environment.js). A program that wants to start itself sets
 * PKG_EXECPATH to '' in the environment of the child, or uses the name that is in PATH.
 *
 * A command that is a packaged file is first written to the disk, because the operating system runs
 * nothing else. This executable runs scripts for `node`. A packaged directory cannot be the working
 * directory of a process (working-directory.js), and other programs do not see packaged files that
 * are arguments (packaged-arguments.js).
 */

const childProcess = require('node:child_process');
const { fileURLToPath } = require('node:url');
const { promisify } = require('node:util');
const childEnvironment = require('./child-environment.js');
const { parse, forEnvironment } = require('./node-options.js');
const { replaceStarts, startAndWait } = require('./process-starts.js');
const { directoryOfChild, packagedDirectoryOf } = require('./working-directory.js');
const { FILE } = require('../table.js');

/**
 * @typedef {import('../snapshot.js').Snapshot} Snapshot
 * @typedef {(...args: any[]) => any} AnyFunction
 * @typedef {Record<string, any>} Options
 */

const SHELL_COMMAND = /^(\s*)("[^"]*"|'[^']*'|[^\s"']+)(?=\s|$)([^]*)$/;
const PLAIN_PATH = /^[\w\-./:\\+@%=,]+$/;
const FOR_NODE = /^#!.*\bnode\b/;
const LONGEST_SHEBANG = 256;

const IS_WINDOWS = process.platform === 'win32';

/** Shells that take assignments before a command. */
const POSIX_SHELL = /(?:^|\/)(?:ba|da|a|k|mk|z)?sh$/;
/** What may start other commands in the text for a shell. */
const SEVERAL_COMMANDS = /[;&|\n`]|\$\(/;

class ChildProcesses {
  #names;
  #snapshot;

  /** @param {Snapshot} snapshot */
  constructor(snapshot) {
    this.#snapshot = snapshot;
    this.#names = new Set(['node', process.execPath]);
    // A name that is in PATH is that of the program.
    if (/[\\/]/.test(process.argv0)) this.#names.add(process.argv0);
    if (IS_WINDOWS) this.#names.add('node.exe');
  }

  /** Replace the functions of `node:child_process`. */
  install() {
    const api = /** @type {Record<string, AnyFunction>} */ (/** @type {unknown} */ (childProcess));
    const coversWaiting = replaceStarts(this.#snapshot);
    /** @param {string} name @returns {AnyFunction} */
    const originalOf = (name) => {
      const original = api[name];
      return coversWaiting || !name.endsWith('Sync')
        ? original
        : (...given) => startAndWait(this.#snapshot, original, given);
    };
    for (const name of ['spawn', 'spawnSync', 'execFile', 'execFileSync']) {
      const original = originalOf(name);
      this.#replace(api, name, (file, ...rest) => original(...this.#launch(file, rest)));
    }
    for (const name of ['exec', 'execSync']) {
      const original = originalOf(name);
      this.#replace(api, name, (command, ...rest) => original(...this.#shell(command, rest)));
    }
    const { fork } = childProcess;
    this.#replace(api, 'fork', (modulePath, ...rest) => fork(...this.#fork(modulePath, rest)));
  }

  /**
   * Return the arguments of `process.execve` with which Node's own function does the same.
   *
   * @param {string} file
   * @param {readonly string[]} args the first is the name of the program
   * @param {NodeJS.ProcessEnv} [env]
   * @returns {[file: string, args: string[], env: NodeJS.ProcessEnv]}
   */
  executed(file, [name, ...args], env) {
    const [program, given, started] = this.#launch(file, [args, { env }]);
    childEnvironment.providePreloads(this.#snapshot, started.env);
    return [program, [program === file ? name : program, ...given], started.env];
  }

  /**
   * @param {Record<string, AnyFunction>} api
   * @param {string} name
   * @param {AnyFunction} replacement
   */
  #replace(api, name, replacement) {
    const original = api[name];
    Object.defineProperty(replacement, 'name', { value: name, configurable: true });
    Object.defineProperty(replacement, 'length', { value: original.length, configurable: true });
    if (Object.hasOwn(original, promisify.custom)) {
      Object.defineProperty(replacement, promisify.custom, { value: promised(replacement) });
    }
    api[name] = replacement;
  }

  /**
   * @param {unknown} file
   * @param {any[]} rest arguments, options, callback; each may be absent
   * @returns {[any, ...any[]]}
   */
  #launch(file, rest) {
    const hasArgs = Array.isArray(rest[0]) || (rest[0] === null && rest.length > 1);
    const given = hasArgs ? rest[0] : undefined;
    const after = hasArgs || (rest[0] === undefined && rest.length > 1) ? rest.slice(1) : rest;
    const { options, others } = takeOptions(after);
    if (typeof file !== 'string' || options === null) return [file, ...rest];
    /** @type {string[]} */
    const args = (given ?? []).map(String);
    const started = this.#started(options);
    const { env } = started;
    const words = this.#words(options);
    if (options.shell) {
      const isOwn = this.#runsHere(file.trim());
      const copied = args.map((argument) => words.ofShellArgument(argument));
      const command = this.#rewrite(file, options.shell, env, words);
      return [command, isOwn ? args : copied, started, ...others];
    }
    if (this.#names.has(file)) {
      const own = hasEnvironmentFile(args) ? words.ofNode(args) : args;
      return [process.execPath, own, asNode(started, own), ...others];
    }
    const answer = this.#snapshot.musl?.answerCommand(file, args);
    if (typeof answer === 'string') {
      return [process.execPath, ['-e', answer], asNode(started, []), ...others];
    }
    const program = this.#program(file);
    if (program === process.execPath) {
      return [program, [file, ...args], asNode(started, []), ...others];
    }
    const command = this.#shellText(args);
    if (command > 0) {
      const text = args[command];
      // With `/s`, cmd.exe removes the outer quotes and nothing else; cross-spawn writes it so.
      const isWrapped = IS_WINDOWS && args.includes('/s') && /^"[^]+"$/.test(text);
      const inner = isWrapped ? text.slice(1, -1) : text;
      const rewritten = this.#rewrite(inner, file, env, words);
      args[command] = isWrapped ? `"${rewritten}"` : rewritten;
    }
    childEnvironment.runScriptsIn(env, args);
    return [program, words.ofProgram(program, args), started, ...others];
  }

  /** @param {Options} options @returns {import('./packaged-arguments.js').PackagedArguments} */
  #words({ cwd }) {
    const { PackagedArguments } = require('./packaged-arguments.js');
    return new PackagedArguments(this.#snapshot, packagedDirectoryOf(this.#snapshot, cwd));
  }

  /**
   * @param {string[]} args of a command
   * @returns {number} the index of the text that a shell would run; 0 if there is none
   */
  #shellText(args) {
    const isOption = (/** @type {string} */ argument) =>
      argument === '-c' || argument.toLowerCase() === '/c';
    const index = args.findIndex(isOption) + 1;
    return index < args.length ? index : 0;
  }

  /**
   * @param {Options} options
   * @returns {Options & {env: NodeJS.ProcessEnv}} with the environment and the directory that the
   *   child starts with
   */
  #started(options) {
    const env = childEnvironment.environmentOf(this.#snapshot, options.env);
    return { ...options, env, cwd: directoryOfChild(this.#snapshot, options.cwd, env) };
  }

  /**
   * @param {unknown} command
   * @param {any[]} rest options, callback; each may be absent
   * @returns {[any, ...any[]]}
   */
  #shell(command, rest) {
    const { options, others } = takeOptions(rest);
    if (typeof command !== 'string' || options === null) return [command, ...rest];
    const started = this.#started(options);
    const words = this.#words(options);
    return [this.#rewrite(command, options.shell, started.env, words), started, ...others];
  }

  /**
   * @param {string} file
   * @returns {string} the command itself, or what runs instead of a packaged file
   */
  #program(file) {
    const { paths, table } = this.#snapshot;
    const index = paths.path.isAbsolute(file) ? this.#snapshot.find(file) : -1;
    if (index < 0 || table.kind(index) !== FILE) return file;
    if (this.#runsHere(file)) return process.execPath;
    return require('../addons/load.js').extract(this.#snapshot, index);
  }

  /** @param {string} file @returns {boolean} whether this executable runs instead */
  #runsHere(file) {
    const { entry, paths, table } = this.#snapshot;
    if (this.#names.has(file) || file === entry) return true;
    const index = paths.path.isAbsolute(file) ? this.#snapshot.find(file) : -1;
    if (index < 0 || table.kind(index) !== FILE) return false;
    const head = table.bytes(index).subarray(0, LONGEST_SHEBANG);
    return FOR_NODE.test(Buffer.from(head).toString('latin1'));
  }

  /**
   * @param {unknown} script
   * @param {any[]} rest arguments, options; each may be absent
   * @returns {[any, ...any[]]}
   */
  #fork(script, rest) {
    const hasArgs = Array.isArray(rest[0]);
    const given = hasArgs ? rest[0] : [];
    const options =
      (hasArgs || rest[0] === undefined || rest[0] === null ? rest[1] : rest[0]) ?? {};
    if (typeof options !== 'object') return [script, ...rest];
    const started = this.#started(options);
    const execPath = options.execPath ?? process.execPath;
    if (!this.#names.has(execPath)) {
      childEnvironment.runScriptsIn(started.env, []);
      const { execArgv = process.execArgv } = options;
      const file = script instanceof URL ? fileURLToPath(script) : script;
      if (typeof file !== 'string' || !Array.isArray(execArgv)) return [script, given, started];
      const words = this.#words(options);
      const [copy, ...args] = words.ofProgram(execPath, [file, ...given]);
      return [copy, args, { ...started, execArgv: words.ofProgram(execPath, execArgv) }];
    }
    const { execArgv } = options;
    const child = asNode(started, execArgv ?? process.execArgv);
    if (Array.isArray(execArgv) && hasEnvironmentFile(execArgv)) {
      child.execArgv = this.#words(options).ofNode(execArgv);
    }
    return [script, given, { ...child, execPath: process.execPath }];
  }

  /**
   * @param {string} command for a shell
   * @param {unknown} shell its path; anything else means the usual one
   * @param {NodeJS.ProcessEnv} env of the shell, which is changed
   * @param {import('./packaged-arguments.js').PackagedArguments} words
   * @returns {string} with this executable instead of `node`, and copies of packaged arguments
   */
  #rewrite(command, shell, env, words) {
    command = this.#snapshot.musl?.answerShell(command) ?? command;
    command = words.ofShell(command, (word) => this.#runsHere(word));
    const [text, space, word, rest] = SHELL_COMMAND.exec(command) ?? [command, '', '', ''];
    const bare = /^["']/.test(word) ? word.slice(1, -1) : word;
    const isNode = this.#names.has(bare);
    const program = isNode ? process.execPath : this.#program(bare);
    if (program !== process.execPath) {
      childEnvironment.runScriptsIn(env, [command]);
      return program === bare ? text : `${space}${quoted(program)}${rest}`;
    }
    const script = isNode ? '' : ` ${word}`;
    const isPosix = typeof shell === 'string' ? POSIX_SHELL.test(shell) : !IS_WINDOWS;
    if (!isPosix || !SEVERAL_COMMANDS.test(rest) || env.PKG_EXECPATH !== undefined) {
      childEnvironment.runAsNodeIn(env);
      return `${space}${quoted(program)}${script}${rest}`;
    }
    // The other commands may start the program.
    childEnvironment.runScriptsIn(env, [rest]);
    const mark = `PKG_EXECPATH=${quoted(program)} `;
    return `${space}${mark}${quoted(program)}${script}${rest}`;
  }
}

/**
 * @template {{env: NodeJS.ProcessEnv}} Started
 * @param {Started} started options of a child that is this executable; their environment is changed
 * @param {readonly string[]} args
 * @returns {Started}
 */
function asNode(started, args) {
  const { env } = started;
  childEnvironment.runAsNodeIn(env);
  if (env.PKG_EXECPATH !== process.execPath || !args[0]?.startsWith('-')) return started;
  const options = forEnvironment(parse(args).options);
  if (options !== '') childEnvironment.addNodeOptions(env, options);
  return started;
}

/** @param {readonly string[]} args @returns {boolean} */
function hasEnvironmentFile(args) {
  return args.some((argument) => String(argument).startsWith('--env-file'));
}

/** @param {string} path @returns {string} for a shell */
function quoted(path) {
  return PLAIN_PATH.test(path) ? path : `"${path}"`;
}

/**
 * @param {any[]} rest options and callback
 * @returns {{options: Options | null, others: any[]}} null: Node itself rejects it
 */
function takeOptions(rest) {
  const [first, ...others] = rest;
  if (typeof first === 'function') return { options: {}, others: rest };
  if (first === undefined || first === null) return { options: {}, others };
  return { options: typeof first === 'object' ? first : null, others };
}

/**
 * `util.promisify(exec)`: the promise resolves to both outputs and has the child as a property.
 *
 * @param {AnyFunction} execute
 * @returns {AnyFunction}
 */
function promised(execute) {
  return (...args) => {
    let child;
    const promise = new Promise((resolve, reject) => {
      child = execute(
        ...args,
        /** @param {Error | null} error @param {unknown} stdout @param {unknown} stderr */
        (error, stdout, stderr) => {
          if (error === null) resolve({ stdout, stderr });
          else reject(Object.assign(error, { stdout, stderr }));
        },
      );
    });
    return Object.assign(promise, { child });
  };
}

module.exports = { ChildProcesses };

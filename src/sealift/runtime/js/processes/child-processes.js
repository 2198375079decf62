'use strict';

/**
 * Lets a packaged program start itself as `node`, like a program that Node runs: `fork(script)`,
 * `spawn(process.execPath, [script])`, `exec('node script.js')`.
 *
 * If a command names `node`, this executable or the program's entry, this executable runs instead.
 * The environment variable PKG_EXECPATH makes it run the given script (run-as-node.js) and not the
 * program again. A program that wants to start itself sets PKG_EXECPATH to '' in the environment of
 * the child.
 *
 * A command that is a packaged file is first written to the disk, because the operating system runs
 * nothing else. This executable runs scripts for `node`. A packaged directory cannot be the working
 * directory of a process (working-directory.js).
 */

const childProcess = require('node:child_process');
const { promisify } = require('node:util');
const { parse, forEnvironment } = require('./node-options.js');
const { directoryOfChild } = require('./working-directory.js');
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

class ChildProcesses {
  #names;
  #snapshot;

  /** @param {Snapshot} snapshot */
  constructor(snapshot) {
    this.#snapshot = snapshot;
    this.#names = new Set(['node', process.argv0, snapshot.entry, process.execPath]);
    if (process.platform === 'win32') this.#names.add('node.exe');
  }

  /** Replace the functions of `node:child_process`. */
  install() {
    const api = /** @type {Record<string, AnyFunction>} */ (/** @type {unknown} */ (childProcess));
    for (const name of ['spawn', 'spawnSync', 'execFile', 'execFileSync']) {
      const original = api[name];
      this.#replace(api, name, (file, ...rest) => original(...this.#launch(file, rest)));
    }
    for (const name of ['exec', 'execSync']) {
      const original = api[name];
      this.#replace(api, name, (command, ...rest) => original(...this.#shell(command, rest)));
    }
    const { fork } = childProcess;
    this.#replace(api, 'fork', (modulePath, ...rest) => fork(...this.#fork(modulePath, rest)));
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
    if (options.shell) return [this.#rewrite(file), args, started, ...others];
    const { env } = started;
    if (this.#names.has(file)) {
      if (env.PKG_EXECPATH === process.execPath) passOptions(env, args);
      return [process.execPath, args, started, ...others];
    }
    const answer = this.#snapshot.musl?.answerCommand(file, args);
    if (typeof answer === 'string') {
      env.PKG_EXECPATH = process.execPath;
      return [process.execPath, ['-e', answer], started, ...others];
    }
    const program = this.#program(file);
    if (program !== file) {
      const before = program === process.execPath ? [file] : [];
      return [program, [...before, ...args], started, ...others];
    }
    const command =
      args.findIndex((argument) => argument === '-c' || argument.toLowerCase() === '/c') + 1;
    if (command > 0 && command < args.length) args[command] = this.#rewrite(args[command]);
    return [file, args, started, ...others];
  }

  /**
   * @param {Options} options
   * @returns {Options & {env: NodeJS.ProcessEnv}} with the environment and the directory that the
   *   child starts with
   */
  #started(options) {
    const env = marked(options.env);
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
    return [this.#rewrite(command), this.#started(options), ...others];
  }

  /**
   * @param {string} file
   * @returns {string} the command itself, or what runs instead of a packaged file
   */
  #program(file) {
    const { paths, table } = this.#snapshot;
    const index = paths.path.isAbsolute(file) ? this.#snapshot.find(file) : -1;
    if (index < 0 || table.kind(index) !== FILE) return file;
    const head = table.bytes(index).subarray(0, LONGEST_SHEBANG);
    if (FOR_NODE.test(Buffer.from(head).toString('latin1'))) return process.execPath;
    return require('../addons/load.js').extract(this.#snapshot, index);
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
    const { env } = started;
    const execPath = options.execPath ?? process.execPath;
    if (this.#names.has(execPath) && env.PKG_EXECPATH === process.execPath) {
      passOptions(env, options.execArgv ?? process.execArgv);
      return [script, given, { ...started, execPath: process.execPath }];
    }
    return [script, given, started];
  }

  /**
   * @param {string} command for a shell
   * @returns {string} with this executable instead of `node`
   */
  #rewrite(command) {
    command = this.#snapshot.musl?.answerShell(command) ?? command;
    const match = SHELL_COMMAND.exec(command);
    if (match === null) return command;
    const [, space, word, rest] = match;
    const bare = /^["']/.test(word) ? word.slice(1, -1) : word;
    if (this.#names.has(bare)) return `${space}${quoted(process.execPath)}${rest}`;
    const program = this.#program(bare);
    if (program === bare) return command;
    const script = program === process.execPath ? ` ${word}` : '';
    return `${space}${quoted(program)}${script}${rest}`;
  }
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
 * @param {NodeJS.ProcessEnv | undefined | null} env of the options
 * @returns {NodeJS.ProcessEnv} the environment of the child; PKG_EXECPATH is set unless it
 *   was already
 */
function marked(env) {
  const copy = { ...(env ?? process.env) };
  copy.PKG_EXECPATH ??= process.execPath;
  return copy;
}

/**
 * Pass Node's options before a script to the child in NODE_OPTIONS: the executable gives all its
 * arguments to the program.
 *
 * @param {NodeJS.ProcessEnv} env changed
 * @param {readonly string[]} args
 */
function passOptions(env, args) {
  if (args.length === 0 || !args[0].startsWith('-')) return;
  const options = forEnvironment(parse(args).options);
  if (options === '') return;
  const before = env.NODE_OPTIONS ?? '';
  env.SEALIFT_NODE_OPTIONS = before;
  env.NODE_OPTIONS = before === '' ? options : `${before} ${options}`;
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

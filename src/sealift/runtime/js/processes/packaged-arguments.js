'use strict';

/**
 * Packaged paths in the command lines of other programs, which do not see packaged files. A word
 * that is exactly a packaged path, or that has one after `=`, becomes the path of a copy on the
 * disk (addons/copies.js). In all other words nobody can tell whether they mean a file; the build
 * warns about them if it sees them.
 */

const { copyOnDisk, fileOnDisk } = require('../addons/copies.js');
const { FILE, Role } = require('../table.js');
const { copyIfPackaged, scriptsOnDisk } = require('./preloads.js');

/** @typedef {import('../snapshot.js').Snapshot} Snapshot */

const IS_WINDOWS = process.platform === 'win32';

/** Words of a command, and what separates two commands. */
const WORDS = IS_WINDOWS
  ? /(?:"[^"]*"|[^\s"&|<>()])+|[&|\n]+/g
  : /(?:"(?:[^"\\]|\\[^])*"|'[^']*'|\\[^]|[^\s"'\\;&|<>()])+|[;&|\n(]+/g;
const SEPARATOR = IS_WINDOWS ? /^[&|\n]/ : /^[;&|\n(]/;

/** A prefix such as `--config=` or `DATA=`, and what follows it. */
const ASSIGNED = /^([\w-]+=)([^]*)$/;

/** Another `node` than this executable, which runs scripts on the disk only. */
const OTHER_NODE = /[\\/]node(?:js)?(?:\.exe)?$/i;

const ENVIRONMENT_FILE = /^--env-file(?:-if-exists)?=/;

/** Characters that a shell does not interpret. */
const PLAIN = /^[\w\-./:\\+@%,]+$/;

/** What a relative path has and most other words have not. */
const LOOKS_LIKE_PATH = /^[^-][^]*[./\\][^]*\w/;

/**
 * JavaScript keeps its packaged path: by it the executable knows, whoever starts it, that it is to
 * run a script as `node` (child-environment.js). With a copy it would run as the program, which may
 * start the same command again.
 */
const SCRIPT = /\.[cm]?[jt]s$/;

class PackagedArguments {
  #snapshot;
  #directory;

  /**
   * @param {Snapshot} snapshot
   * @param {string | undefined} directory the packaged directory in which the child would start
   */
  constructor(snapshot, directory) {
    this.#snapshot = snapshot;
    this.#directory = directory;
  }

  /**
   * @param {string} program
   * @param {readonly string[]} args
   * @returns {string[]} with copies in place of packaged paths
   */
  ofProgram(program, args) {
    // What follows the executable is for it.
    if (args.includes(process.execPath)) return [...args];
    const given = OTHER_NODE.test(program) ? scriptsOnDisk(this.#snapshot, args) : args;
    return given.map((argument) => this.#replaced(argument) ?? argument);
  }

  /**
   * Node itself reads the files that `--env-file` names, before the runtime is installed.
   *
   * @param {readonly string[]} args of this executable
   * @returns {string[]} with copies in place of such files
   */
  ofNode(args) {
    return args.map((argument, index) => {
      const isValue = index > 0 && ENVIRONMENT_FILE.test(`${args[index - 1]}=`);
      return isValue
        ? (this.#environmentFile(argument) ?? argument)
        : this.#withEnvironmentFile(argument);
    });
  }

  /** @param {string} word `--env-file=path`, or any other @returns {string} */
  #withEnvironmentFile(word) {
    const [before] = ENVIRONMENT_FILE.exec(word) ?? [];
    const copy = before && this.#environmentFile(unquoted(word.slice(before.length)));
    return copy ? before + copy : word;
  }

  /** @param {string} path @returns {string | null} */
  #environmentFile(path) {
    const index = this.#snapshot.find(path);
    const { table } = this.#snapshot;
    return index < 0 || table.kind(index) !== FILE ? null : fileOnDisk(this.#snapshot, index);
  }

  /**
   * @param {string} command for a shell
   * @param {(word: string) => boolean} runsHere whether the command with this first word is this
   *   executable
   * @returns {string} with copies in place of packaged paths, except in first place
   */
  ofShell(command, runsHere) {
    return this.#ofShell(command, runsHere, true);
  }

  /**
   * @param {string} text that continues a command for a shell
   * @returns {string} with copies in place of packaged paths
   */
  ofShellArgument(text) {
    return this.#ofShell(text, () => false, false);
  }

  /**
   * @param {string} command
   * @param {(word: string) => boolean} runsHere
   * @param {boolean} isFirst whether it begins with the name of a program
   * @returns {string}
   */
  #ofShell(command, runsHere, isFirst) {
    let isOwn = false;
    let isOtherNode = false;
    return command.replace(WORDS, (word, /** @type {number} */ at) => {
      if (SEPARATOR.test(word)) {
        isFirst = true;
        isOwn = false;
        isOtherNode = false;
        return word;
      }
      const bare = unquoted(word);
      if (isFirst && !ASSIGNED.test(word)) {
        isFirst = false;
        isOwn = runsHere(bare);
        isOtherNode = OTHER_NODE.test(bare);
        if (command.slice(0, at).trim() === '') return word;
      }
      if (bare === process.execPath) isOwn = true;
      if (isOwn) {
        const own = this.#withEnvironmentFile(bare);
        return own === bare ? word : quoted(own);
      }
      const script = isOtherNode ? copyIfPackaged(this.#snapshot, bare) : null;
      const replaced = script ?? this.#replaced(bare);
      return replaced === null ? word : quoted(replaced);
    });
  }

  /** @param {string} word @returns {string | null} null: it is not a packaged path */
  #replaced(word) {
    const whole = this.#copyOf(word);
    if (whole !== null) return whole;
    const [, before, path] = ASSIGNED.exec(word) ?? [];
    const copy = path === undefined ? null : this.#copyOf(unquoted(path));
    return copy === null ? null : before + copy;
  }

  /** @param {string} word @returns {string | null} */
  #copyOf(word) {
    const { path } = this.#snapshot.paths;
    if (!path.isAbsolute(word)) {
      if (this.#directory === undefined || !LOOKS_LIKE_PATH.test(word)) return null;
      word = path.join(this.#directory, word);
    }
    const index = this.#snapshot.find(word);
    if (index < 0 || isScript(this.#snapshot.table, index)) return null;
    return copyOnDisk(this.#snapshot, index);
  }
}

/**
 * @param {import('../table.js').Table} table
 * @param {number} file
 * @returns {boolean} whether Node would run it; the build may have taken it for data
 */
function isScript(table, file) {
  const role = table.role(file);
  return role === Role.COMMONJS || role === Role.MODULE || SCRIPT.test(table.name(file));
}

/** @param {string} word @returns {string} without quotes if it is quoted as a whole */
function unquoted(word) {
  return /^(?:"[^"\\$`]*"|'[^']*')$/.test(word) || (IS_WINDOWS && /^"[^"]*"$/.test(word))
    ? word.slice(1, -1)
    : word;
}

/** @param {string} word @returns {string} for a shell */
function quoted(word) {
  const [, before = '', path = word] = ASSIGNED.exec(word) ?? [];
  if (PLAIN.test(path)) return word;
  return before + (IS_WINDOWS ? `"${path}"` : `'${path.replaceAll("'", "'\\''")}'`);
}

module.exports = { PackagedArguments };

'use strict';

/**
 * Packaged paths to records, or to the error that Node has for the case. Everything the other `fs-`
 * modules share is in one `Files` object per thread.
 */

const { DIRECTORY, NOT_A_DIRECTORY, errorCode } = require('../table.js');
const { systemError } = require('./system-errors.js');
const { pathText } = require('./arguments.js');
const { StatsMaker } = require('./stats.js');

/** What an operation answers when Node would refuse the arguments: Node's own function is called. */
const REFUSED = Symbol('refused');

/**
 * What an operation answers to arguments of which it does not know whether Node takes them: Node is asked
 * by way of the executable's own path, and if it has no objection the operation is called again.
 */
const UNUSUAL = Symbol('unusual');

const SOURCE_LEFT_OUT =
  'The source of this script was left out of the executable, which has its bytecode. ' +
  'Please recompile adding it as asset.';

/** @typedef {'sync' | 'callback' | 'promise'} Style */
/** @typedef {(location: string, args: any[], style: Style, checked?: boolean) => unknown} Operation */

/**
 * One open packaged file. Its descriptor is a real one, of `Files.placeholder`, so that its number is
 * taken, closing it twice fails, and what only looks at the number works.
 *
 * @typedef {{index: number, path: string, position: number}} OpenFile
 */

/**
 * @typedef {object} Context what `install` gives to the modules that are loaded on demand
 * @property {import('../table.js').Table} table
 * @property {import('../paths.js').Paths} paths
 * @property {Record<string, any>} real Node's own functions, by name
 * @property {Record<string, any>} realPromises Node's own functions of fs.promises, by name
 * @property {Map<number, OpenFile>} descriptors
 * @property {boolean} windows
 */

class Files {
  /** @type {string | undefined} */
  #placeholder;

  /** @param {Context} context */
  constructor(context) {
    this.table = context.table;
    this.paths = context.paths;
    this.real = context.real;
    this.realPromises = context.realPromises;
    this.descriptors = context.descriptors;
    this.windows = context.windows;
    this.stats = new StatsMaker(context.table, /** @type {any} */ (context.real), context.windows);
  }

  /**
   * What is opened in the place of a packaged file: nobody but `fs` can read anything of it.
   *
   * @returns {string} the null device, or the root directory where there are no devices
   */
  get placeholder() {
    const { devNull } = require('node:os');
    const there = () => this.windows || this.real.statSync(devNull, { throwIfNoEntry: false });
    this.#placeholder ??= there() ? devNull : '/';
    return this.#placeholder;
  }

  /**
   * Find what a path names.
   *
   * @param {string} location
   * @param {boolean} follow whether a link at the end is followed
   * @param {string} syscall for the error
   * @param {unknown} path as the program gave it, for the error
   * @param {string} [what] for the advice: `File`, `Directory`
   * @returns {number} a record's index
   * @throws {import('./system-errors.js').SystemError} ENOENT, ENOTDIR, ELOOP
   */
  find(location, follow, syscall, path, what) {
    const index = this.table.lookup(location, follow);
    if (index < 0) {
      throw this.failure(location, this.codeOf(index), syscall, pathText(path), undefined, what);
    }
    return index;
  }

  /**
   * A script may be packaged as bytecode alone. Something else in the place of its source would be taken for it.
   *
   * @param {number} index
   * @param {string} syscall for the error
   * @param {unknown} path as the program gave it, for the error
   * @returns {number} the index
   * @throws {import('./system-errors.js').SystemError} EACCES
   */
  readable(index, syscall, path) {
    if (!this.table.isLeftOut(index)) return index;
    throw systemError('EACCES', syscall, pathText(path), undefined, SOURCE_LEFT_OUT);
  }

  /**
   * @param {string} location of what is looked for
   * @param {string} code
   * @param {string} syscall
   * @param {string} [path]
   * @param {string} [dest]
   * @param {string} [what]
   */
  failure(location, code, syscall, path, dest, what = 'File or directory') {
    const advice = code === 'ENOENT' ? this.#advice(location, what) : undefined;
    return systemError(code, syscall, path, dest, advice);
  }

  /** @param {string} location @param {string} what @returns {string} */
  #advice(location, what) {
    const shown = this.windows ? `C:\\**\\${location.replaceAll('/', '\\')}` : `/**/${location}`;
    return (
      `${what} '${shown}' was not included into executable at compilation stage. ` +
      'Please recompile adding it as asset or script.'
    );
  }

  /**
   * Why nothing can be made at a location: what is wrong on the way there, or EROFS.
   *
   * @param {string} location
   * @returns {string} error code
   */
  whyNotCreated(location) {
    const { parent } = split(location);
    const index = this.table.lookup(parent, true);
    if (index < 0) return this.codeOf(index);
    return this.isDirectory(index) ? 'EROFS' : this.codeOf(NOT_A_DIRECTORY);
  }

  /**
   * @param {number} failure what the table answered
   * @returns {string} error code; Windows does not tell a file on the way from nothing
   */
  codeOf(failure) {
    return this.windows && failure === NOT_A_DIRECTORY ? 'ENOENT' : errorCode(failure);
  }

  /** @param {number} index @returns {boolean} */
  isDirectory(index) {
    return this.table.kind(index) === DIRECTORY;
  }

  /** @param {number} index @returns {string} absolute path, free of links */
  realPath(index) {
    return this.paths.fromLocation(this.table.locationOf(index));
  }
}

/**
 * @param {string} location
 * @returns {{parent: string, name: string}} as `mkdir` takes a path apart: slashes at the end are dropped
 */
function split(location) {
  const text = location.replace(/\/+$/, '');
  const slash = text.lastIndexOf('/');
  return { parent: slash < 0 ? '' : text.slice(0, slash), name: text.slice(slash + 1) };
}

module.exports = { Files, REFUSED, UNUSUAL };

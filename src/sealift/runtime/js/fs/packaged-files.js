'use strict';

/**
 * Finds the records of packaged paths, or creates the error that Node has for the case. Each thread
 * has one `Files` object, which the modules of this directory share.
 */

const fs = require('node:fs');
const { DIRECTORY, NOT_A_DIRECTORY, errorCode } = require('../table.js');
const { NOT_PACKAGED_FILE, SOURCE_OMITTED } = require('../messages.js');
const { systemError } = require('./system-errors.js');
const { pathText } = require('./arguments.js');
const { StatsMaker } = require('./stats.js');

/** The result of an operation if Node rejects the arguments: Node's own function is called. */
const REFUSED = Symbol('refused');

/**
 * The result of an operation that does not know whether Node accepts the arguments. Node's own
 * function is called with the path of the executable; if it succeeds, the operation is called
 * again.
 */
const UNUSUAL = Symbol('unusual');

/** @typedef {'sync' | 'callback' | 'promise'} Style */
/**
 * @typedef {(location: string, args: any[], style: Style, checked?: boolean) => unknown} Operation
 */

/**
 * An open packaged file. Its descriptor is a real one, of `Files.placeholder`: its number is in
 * use, closing it twice fails, and code that only looks at the number works.
 *
 * @typedef {{index: number, path: string, position: number}} OpenFile
 */

/**
 * @typedef {object} Context what replace-functions.js passes to the modules that are loaded on
 *   demand
 * @property {import('../table.js').Table} table
 * @property {import('../paths.js').Paths} paths
 * @property {Record<string, any>} real Node's own functions, by name
 * @property {Record<string, any>} realPromises Node's own functions of fs.promises, by name
 * @property {Map<number, OpenFile>} descriptors
 * @property {boolean} windows
 */

class Files {
  #realPromises;
  /** @type {string | undefined} */
  #placeholder;

  /** @param {Context} context */
  constructor(context) {
    this.table = context.table;
    this.paths = context.paths;
    this.real = context.real;
    this.#realPromises = context.realPromises;
    this.descriptors = context.descriptors;
    this.windows = context.windows;
    this.stats = new StatsMaker(context.table, /** @type {any} */ (context.real), context.windows);
  }

  /** Node's own functions of fs.promises, by name. */
  get realPromises() {
    // They are replaced, and so known, when something first accesses fs.promises.
    void fs.promises;
    return this.#realPromises;
  }

  /**
   * The file that is opened instead of a packaged one: only `fs` can read the packaged content.
   *
   * @returns {string} the null device; the root directory where there are no devices; the
   *   executable, which Node can always read, where the permission model forbids the null device
   */
  get placeholder() {
    this.#placeholder ??= findPlaceholder(this);
    return this.#placeholder;
  }

  /**
   * Find the record of a path.
   *
   * @param {string} location
   * @param {boolean} follow whether a link at the end is followed
   * @param {string} syscall for the error
   * @param {unknown} path that the program has given, for the error
   * @returns {number} a record's index
   * @throws {import('./system-errors.js').SystemError} ENOENT, ENOTDIR, ELOOP
   */
  find(location, follow, syscall, path) {
    const index = this.table.lookup(location, follow);
    if (index < 0) {
      throw this.failure(this.codeOf(index), syscall, pathText(path));
    }
    return index;
  }

  /**
   * Throw EACCES for a script that is packaged only as bytecode: no other text may replace its
   * source.
   *
   * @param {number} index
   * @param {string} syscall for the error
   * @param {unknown} path that the program has given, for the error
   * @returns {number} the index
   * @throws {import('./system-errors.js').SystemError} EACCES
   */
  readable(index, syscall, path) {
    if (!this.table.hasNoSource(index)) return index;
    throw systemError('EACCES', syscall, pathText(path), undefined, SOURCE_OMITTED);
  }

  /**
   * @param {string} location
   * @returns {string | undefined} what the program reads as the source of a script that has none,
   *   while its own loader loads the script
   */
  standIn(location) {
    const index = this.table.lookup(location, true);
    return index >= 0 && this.table.hasNoSource(index) ? this.table.standInFor(index) : undefined;
  }

  /**
   * @param {string} code
   * @param {string} syscall
   * @param {string} [path]
   * @param {string} [dest]
   */
  failure(code, syscall, path, dest) {
    const advice = code === 'ENOENT' ? NOT_PACKAGED_FILE : undefined;
    return systemError(code, syscall, path, dest, advice);
  }

  /**
   * Return why nothing can be created at a location: an error on the way there, or EROFS.
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
   * @param {number} failure result of the table
   * @returns {string} error code; on Windows a file on the way is the same as a missing one
   */
  codeOf(failure) {
    return this.windows && failure === NOT_A_DIRECTORY ? 'ENOENT' : errorCode(failure);
  }

  /** @param {number} index @returns {boolean} */
  isDirectory(index) {
    return this.table.kind(index) === DIRECTORY;
  }

  /** @param {number} index @returns {string} absolute path, without links */
  realPath(index) {
    return this.paths.fromLocation(this.table.locationOf(index));
  }
}

/** @param {Files} files @returns {string} */
function findPlaceholder({ windows, real }) {
  const { devNull } = require('node:os');
  if (process.permission?.has('fs.read', devNull) === false) return process.execPath;
  return windows || real.statSync(devNull, { throwIfNoEntry: false }) ? devNull : '/';
}

/**
 * @param {string} location
 * @returns {{parent: string, name: string}} as `mkdir` splits a path: without slashes at the end
 */
function split(location) {
  const text = location.replace(/\/+$/, '');
  const slash = text.lastIndexOf('/');
  return { parent: slash < 0 ? '' : text.slice(0, slash), name: text.slice(slash + 1) };
}

module.exports = { Files, REFUSED, UNUSUAL };

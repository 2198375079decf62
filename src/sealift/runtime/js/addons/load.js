'use strict';

/**
 * Loads packaged addons (`.node`) and prepares packaged programs to run. The operating system does
 * both only from files on the disk, so extraction.js first writes a bundle there: the file, and the
 * files that it may load, in the same positions relative to each other:
 *
 * - of an addon's package, everything but scripts and documentation; other addons only of its
 *   directory;
 * - of a program's package, everything but documentation: programs read what is beside them;
 * - the shared libraries of the packages that its package depends on, where `node_modules` has
 *   them: an addon names them relative to itself (`$ORIGIN/../../sharp-libvips-linux-x64/lib`);
 * - of the project itself, its shared libraries, and what is in and below a program's directory.
 */

const { asset } = require('../assets.js');
const { DIRECTORY, FILE, Role } = require('../table.js');
const { join, parentOf, baseName } = require('../paths.js');
const { notExtracted } = require('../messages.js');
const { Extraction } = require('./extraction.js');

/** @typedef {import('../snapshot.js').Snapshot} Snapshot */

/**
 * The files that are written to the disk together.
 *
 * @typedef {object} Bundle
 * @property {string} main path in the bundle of the addon or program
 * @property {Map<string, number>} files index of each file by its path in the bundle
 * @property {string} digest of all paths and contents
 * @property {boolean} [isData] whether nothing loads or runs `main`, which may be a directory
 * @property {Map<string, string>} [links] target of each symbolic link to make, by its path
 * @property {(file: number) => Buffer} [contentOf] what is written in place of a file's content
 */

const SHARED_LIBRARY = /\.(?:so|dylib|dll)(?:\.\d+)*$/i;
const SCRIPT_OR_DOCUMENTATION =
  /\.(?:[cm]?[jt]sx?|map|json|md|markdown|html?|css|cc?|cpp|cxx|hh?|hpp|hxx|inc|rs|gypi?|mk|cmake|ya?ml|toml|lock|wasm)$|^(?:licen[cs]e|readme|changelog|makefile)\b/i;
const DOCUMENTATION =
  /\.(?:map|md|markdown|cc?|cpp|cxx|hh?|hpp|hxx|inc|rs)$|^(?:licen[cs]e|readme|changelog|makefile)\b|^package\.json$/i;

/**
 * What operating systems report if a directory is writable, but its files must not be loaded or
 * run.
 */
const NOT_FROM_HERE =
  /failed to map segment|operation not permitted|permission denied|not valid for use in process|library load disallowed/i;

/** @type {Extraction | undefined} */
let extraction;
/** @type {Map<number, string>} */
const extracted = new Map();

/**
 * Load an addon.
 *
 * @template T
 * @param {Snapshot} snapshot
 * @param {number} addon index
 * @param {{exports: any}} module that gets its exports
 * @param {(file: string) => T} open calls Node's own function with its other arguments
 * @returns {T}
 */
function load(snapshot, addon, module, open) {
  const result = loadFromDisk(snapshot, addon, open);
  const { nativeReaders, nativeSearchers } = snapshot.config;
  if (nativeReaders !== undefined || nativeSearchers !== undefined) {
    const { translated, translationFor } = require('./path-translation.js');
    const translation = translationFor(snapshot, addon);
    if (translation !== null) module.exports = translated(module.exports, translation);
  }
  return result;
}

/**
 * @template T
 * @param {Snapshot} snapshot
 * @param {number} addon index
 * @param {(file: string) => T} open
 * @returns {T}
 */
function loadFromDisk(snapshot, addon, open) {
  const known = extracted.get(addon);
  if (known !== undefined && theExtraction().isThere(known)) return open(known);
  const bundle = bundleOf(snapshot, addon);
  const places = theExtraction();
  for (const place of places.all()) {
    const file = places.put(place, snapshot.table, bundle);
    if (file === null) continue;
    try {
      const result = open(file);
      if (!places.loaded(place, bundle)) extracted.set(addon, file);
      return result;
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      // Again, so that the program's own call throws the error.
      if (!NOT_FROM_HERE.test(message)) return open(file);
      places.refuse(place, message);
    }
  }
  throw failure(snapshot, addon, places, 'load', 'ERR_DLOPEN_FAILED');
}

/**
 * Write a program to a directory where it can run.
 *
 * @param {Snapshot} snapshot
 * @param {number} program index
 * @returns {string} its path on the disk
 */
function extract(snapshot, program) {
  const known = extracted.get(program);
  if (known !== undefined && theExtraction().isThere(known)) return known;
  const file = putAnywhere(snapshot, program, bundleOf(snapshot, program), 'run');
  extracted.set(program, file);
  return file;
}

/**
 * Write a bundle to the first place that takes it.
 *
 * @param {Snapshot} snapshot
 * @param {number} file index, for the error if no place does
 * @param {Bundle} bundle
 * @param {'run' | 'read'} action for which it is written
 * @returns {string} path of the bundle's main file
 */
function putAnywhere(snapshot, file, bundle, action) {
  const places = theExtraction();
  for (const place of places.all()) {
    const path = places.put(place, snapshot.table, bundle);
    if (path !== null) return path;
  }
  throw failure(snapshot, file, places, action, 'EACCES');
}

function theExtraction() {
  extraction ??= new Extraction();
  return extraction;
}

/**
 * @param {Snapshot} snapshot
 * @param {number} file index
 * @param {Extraction} places
 * @param {'load' | 'run' | 'read'} action
 * @param {string} code
 */
function failure(snapshot, file, places, action, code) {
  const message = notExtracted(snapshot.pathOf(file), action, places.refusals());
  return Object.assign(new Error(message), { code });
}

/**
 * @param {Snapshot} snapshot
 * @param {number} main index of an addon or a program
 * @returns {Bundle}
 */
function bundleOf(snapshot, main) {
  const { table } = snapshot;
  const location = table.locationOf(main);
  /** @type {Map<string, number>} */
  const files = new Map([[location, main]]);
  const directory = packageOf(location);
  if (directory === null) {
    const beside = parentOf(location);
    const own = snapshot.manifests.nearest(beside)?.directory ?? beside;
    collect(table, own, own, files, isLibrary);
    if (table.role(main) !== Role.ADDON && beside !== own) {
      collect(table, beside, beside, files, companionsOf(table, main));
    }
  } else {
    collect(table, directory, directory, files, companionsOf(table, main));
    for (const name of dependenciesOf(table, directory)) {
      const as = find(table, directory, name);
      if (as !== null) collect(table, table.locationOf(table.lookup(as)), as, files, isLibrary);
    }
  }
  // The names of projects do not count, so that executables with the same addons share them.
  const above = commonDirectory([...files.keys()]);
  const relative = new Map([...files].map(([name, file]) => [name.slice(above.length), file]));
  return {
    main: location.slice(above.length),
    files: relative,
    digest: digestOf(table, relative),
  };

  /** @param {number} file */
  function isLibrary(file) {
    return SHARED_LIBRARY.test(table.name(file));
  }
}

/** @param {string[]} locations @returns {string} what all of them begin with, `/` at its end */
function commonDirectory([first, ...others]) {
  let end = first.lastIndexOf('/') + 1;
  while (end > 0 && !others.every((location) => location.startsWith(first.slice(0, end)))) {
    end = first.lastIndexOf('/', end - 2) + 1;
  }
  return first.slice(0, end);
}

/**
 * @param {import('../table.js').Table} table
 * @param {number} main
 * @returns {(file: number) => boolean} whether it may need a file of its package
 */
function companionsOf(table, main) {
  if (table.role(main) !== Role.ADDON) {
    const isScript = table.bytes(main).subarray(0, 2).toString('latin1') === '#!';
    return (file) => isScript || !DOCUMENTATION.test(table.name(file));
  }
  return (file) => {
    if (table.role(file) === Role.ADDON) return table.parent(file) === table.parent(main);
    return table.role(file) === Role.ASSET && !SCRIPT_OR_DOCUMENTATION.test(table.name(file));
  };
}

/**
 * @param {string} location
 * @returns {string | null} directory of the package in `node_modules` that contains it
 */
function packageOf(location) {
  const marker = '/node_modules/';
  const start = location.lastIndexOf(marker);
  if (start < 0) return null;
  const parts = location.slice(start + marker.length).split('/');
  const name = parts.slice(0, parts[0].startsWith('@') ? 2 : 1).join('/');
  return location.slice(0, start + marker.length) + name;
}

/**
 * @param {import('../table.js').Table} table
 * @param {string} directory of a package
 * @returns {string[]} names of the packages whose libraries it may load
 */
function dependenciesOf(table, directory) {
  const manifest = table.lookup(join(directory, 'package.json'));
  if (manifest < 0 || table.kind(manifest) !== FILE) return [];
  const { dependencies, optionalDependencies } = JSON.parse(table.text(manifest));
  return Object.keys({ ...dependencies, ...optionalDependencies });
}

/**
 * @param {import('../table.js').Table} table
 * @param {string} from location
 * @param {string} name of a package
 * @returns {string | null} its location as seen from there, may be a link
 */
function find(table, from, name) {
  for (let directory = from; directory !== ''; directory = parentOf(directory)) {
    if (baseName(directory) === 'node_modules') continue;
    const place = join(directory, `node_modules/${name}`);
    if (table.lookup(place) >= 0) return place;
  }
  return null;
}

/**
 * @param {import('../table.js').Table} table
 * @param {string} location of a directory, without links
 * @param {string} as its location in the bundle
 * @param {Map<string, number>} files added to
 * @param {(file: number) => boolean} wanted
 */
function collect(table, location, as, files, wanted) {
  const pending = [table.lookup(location)];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    const first = table.firstChild(directory);
    for (let index = first; index < first + table.childCount(directory); index += 1) {
      const kind = table.kind(index);
      if (kind === DIRECTORY && table.name(index) !== 'node_modules') pending.push(index);
      else if (kind === FILE && !table.hasNoSource(index) && wanted(index)) {
        files.set(as + table.locationOf(index).slice(location.length), index);
      }
    }
  }
}

/** @type {Record<string, string> | undefined} */
let stored;

const FACTORS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f];

/**
 * Return a name for files, computed from their paths and contents. It need not resist attacks,
 * since contents are compared before they are used. So it combines the stored digests itself:
 * loading `node:crypto` would take longer than everything else here.
 *
 * @param {import('../table.js').Table} table
 * @param {Map<string, number>} files
 * @returns {string} 32 hexadecimal digits
 */
function digestOf(table, files) {
  stored ??= JSON.parse(Buffer.from(asset('sealift/digests')).toString());
  const folded = new Uint32Array(FACTORS);
  for (const name of [...files.keys()].sort()) {
    const file = /** @type {number} */ (files.get(name));
    const text = `${name}\0${stored?.[file] ?? contentDigest(table.bytes(file))}\n`;
    for (let at = 0; at < text.length; at += 1) {
      for (let word = 0; word < folded.length; word += 1) {
        folded[word] = Math.imul(folded[word] ^ text.charCodeAt(at), FACTORS[word]);
        folded[word] ^= folded[word] >>> 15;
      }
    }
  }
  return [...folded].map((word) => word.toString(16).padStart(8, '0')).join('');
}

/** @param {Buffer} bytes @returns {string} */
function contentDigest(bytes) {
  return require('node:crypto').createHash('sha256').update(bytes).digest('hex');
}

module.exports = { load, extract, digestOf, putAnywhere, theExtraction };

'use strict';

/**
 * Lets Node read packaged source maps when the program turns them on. Node has taken the function
 * that reads them out of `fs` before the runtime starts, so the native function that it calls is
 * replaced.
 */

const { FILE } = require('./table.js');
const { bindingOf, compileSource, newModule } = require('./node-internals.js');

/** @typedef {import('./snapshot.js').Snapshot} Snapshot */

const COMMENT = /\/\/[#@] ?sourceMappingURL=([^\s'"]+)/g;

/** @type {unknown[]} modules by which Node remembers maps; it forgets those of collected modules */
const owners = [];

let isServed = false;

/**
 * Let Node read packaged maps; for the second time nothing happens.
 *
 * @param {Snapshot} snapshot
 */
function serveMaps({ paths, table }) {
  const binding = isServed ? undefined : bindingOf('fs');
  if (binding === undefined) return;
  isServed = true;
  const { readFileUtf8 } = binding;
  binding.readFileUtf8 = (/** @type {any[]} */ ...given) => {
    const location = typeof given[0] === 'string' ? paths.toLocation(given[0]) : null;
    const file = location === null ? -1 : table.lookup(location);
    const isPlain = file >= 0 && table.kind(file) === FILE && !table.hasNoSource(file);
    return isPlain ? table.text(file) : readFileUtf8(...given);
  };
}

/**
 * Make Node, which uses source maps now, know that of a script that is bytecode: V8 has not parsed
 * the comment that names it. An empty script of the same name has such a comment.
 *
 * @param {Snapshot} snapshot
 * @param {number} file
 */
function registerMap(snapshot, file) {
  const url = mapOf(snapshot, file);
  if (url === undefined) return;
  const path = snapshot.pathOf(file);
  const owner = newModule(path);
  owners.push(owner);
  compileSource.call(owner, `//# sourceMappingURL=${url}`, path, 'commonjs');
}

/**
 * @param {Snapshot} snapshot
 * @param {number} file
 * @returns {string | undefined} URL of its map. The build has put that of a script without source
 *   beside it
 */
function mapOf({ table }, file) {
  if (!table.hasNoSource(file)) return [...table.text(file).matchAll(COMMENT)].at(-1)?.[1];
  const name = `${table.name(file)}.map`;
  return table.child(table.parent(file), name) < 0 ? undefined : encodeURIComponent(name);
}

module.exports = { mapOf, registerMap, serveMaps };

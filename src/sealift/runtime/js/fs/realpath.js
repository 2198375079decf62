'use strict';

/**
 * `realpath`. Node has two: one in JavaScript (`fs.realpath`, `fs.realpathSync`), which resolves
 * `..` as text and names the component that failed, and the system's (`.native`, fs.promises).
 */

const { SYMLINK } = require('../table.js');
const { parseOptions, encode, pathText } = require('./arguments.js');
const { REFUSED } = require('./packaged-files.js');

/**
 * @param {import('./packaged-files.js').Files} files
 * @param {string} location
 * @param {any[]} args
 * @param {import('./packaged-files.js').Style} style `promise` for the system's
 */
function realpath(files, location, args, style) {
  const options = parseOptions(args[1]);
  if (options === null) return REFUSED;
  const index =
    style === 'promise'
      ? files.find(location, true, 'realpath', args[0])
      : walk(files, pathText(args[0]));
  return encode(files.realPath(index), options.encoding);
}

/**
 * @param {import('./packaged-files.js').Files} files
 * @param {string} text
 * @returns {number}
 */
function walk(files, text) {
  const { table, paths } = files;
  const location = paths.toLocation(paths.path.resolve(text)) ?? '';
  let above = 0;
  for (const name of location.split('/')) {
    if (name === '') continue;
    const place = table.locationOf(above);
    const here = place === '' ? name : `${place}/${name}`;
    const link = table.lookup(here, false);
    if (link < 0) throw files.failure(files.codeOf(link), 'lstat', paths.fromLocation(here));
    above = table.kind(link) === SYMLINK ? table.lookup(here, true) : link;
    if (above < 0) throw files.failure(files.codeOf(above), 'stat', paths.fromLocation(here));
  }
  return above;
}

module.exports = { realpath };

'use strict';

/**
 * Adds `process.pkg` and `process.versions.pkg`, and replaces `process.dlopen`.
 */

/** @typedef {import('../snapshot.js').Snapshot} Snapshot */

/**
 * @param {Snapshot} snapshot
 * @returns {{setEntrypoint: (path: string) => void}} receives the path of the script that
 *   runs
 */
function install(snapshot) {
  const { paths, config, entry } = snapshot;
  const pkg = {
    entrypoint: entry,
    defaultEntrypoint: entry,
    path: {
      /** @param {string[]} segments relative to the entry's directory */
      resolve: (...segments) => paths.path.resolve(paths.path.dirname(pkg.entrypoint), ...segments),
    },
    /** @param {string | RegExp} interior @param {string} exterior */
    mount: (interior, exterior) => paths.mount(interior, exterior),
  };
  Object.defineProperty(process, 'pkg', {
    value: pkg,
    configurable: true,
    enumerable: true,
    writable: true,
  });
  Object.defineProperty(process.versions, 'pkg', { value: config.sealift, enumerable: true });
  const { dlopen } = process;
  process.dlopen = /** @type {typeof dlopen} */ (
    (module, filename, ...rest) => {
      const addon = snapshot.find(filename);
      /** @param {string} file */
      const plain = (file) => dlopen(module, file, .../** @type {[]} */ (rest));
      const { musl } = snapshot;
      /** @param {string} file */
      const open = (file) => (musl === undefined ? plain(file) : musl.withAdvice(file, plain));
      return addon < 0
        ? open(paths.onDisk(filename))
        : require('../addons/load.js').load(snapshot, addon, open);
    }
  );
  return {
    setEntrypoint: (path) => {
      pkg.entrypoint = path;
    },
  };
}

module.exports = { install };

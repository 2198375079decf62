'use strict';

/**
 * Every message of the runtime that users of an executable may see. Errors that imitate Node's own
 * (`nodeError`, `systemError`) keep Node's words and stand where they are thrown.
 */

module.exports = {
  TABLE_UNKNOWN: 'The packaged file table has an unknown format.',

  NOT_PACKAGED_MODULE:
    'The executable does not contain this module. To package it, write its name as a literal in ' +
    'require() or import(), or add it to pkg.scripts in package.json, and build again. To load it ' +
    'from the disk, for example as a plugin, require its absolute path.',

  // The first sentence has the words of pkg, which programs and their users search for.
  NOT_PACKAGED_FILE:
    'It was not included into executable at compilation stage. To package it, add it to ' +
    'pkg.assets or pkg.scripts in package.json and build again.',

  SOURCE_OMITTED:
    'The executable contains this script only as bytecode. To package its source, add it to ' +
    'pkg.assets in package.json and build again.',

  /** @param {string} option */
  optionUnavailable: (option) =>
    `${option} is not available in this executable. Run the script with a Node.js installation.`,

  /** @param {string} file */
  mountsOverlap: (file) => `UNEXPECTED-00: ${file} is under more than one mount.`,

  /** @param {string} specifier */
  hooksIgnored: (specifier) =>
    `The hooks of ${specifier} are not used: module.register() does not find packaged modules. ` +
    'Use module.registerHooks().',

  /** @param {string} name */
  sourceChangedByHook: (name) =>
    `A hook of the program changes the source of ${name}, but the executable contains only its ` +
    'bytecode. Build with --public or --sea.',

  /** @param {string} name @param {string} compiled @param {string} running */
  bytecodeRejected: (name, compiled, running) =>
    `sealift: V8 rejects the bytecode of ${name}. It was compiled for ${compiled}, but this ` +
    `process is ${running}. Unset NODE_OPTIONS, or build again with --public, --public-packages ` +
    'or --sea to ship the source.\n',

  /** @param {string} name @param {string} compiled @param {string} running */
  cacheRejected: (name, compiled, running) =>
    `sealift: V8 rejects the code cache of ${name}, and source runs instead. The cache was made ` +
    `for ${compiled}, but this process is ${running}.\n`,

  /** @param {string} name @param {string} executable */
  bytecodeDamaged: (name, executable) =>
    `sealift: The bytecode of ${name} is damaged in ${executable}: its checksum is wrong. Copy or ` +
    'download the executable again.\n',

  /**
   * @param {string} file
   * @param {'load' | 'run' | 'read'} action
   * @param {{directory: string, reason: string}[]} refusals
   */
  notExtracted: (file, action, refusals) =>
    `${action === 'read' ? 'Other programs' : 'The operating system'} can ${action} ${file} only ` +
    `from a file on the disk, and no directory is suitable:${refusals
      .map(({ directory, reason }) => `\n  ${directory}: ${reason}`)
      .join(
        '',
      )}\nSet PKG_NATIVE_CACHE_PATH to a directory that is writable and not mounted with "noexec".`,

  /** @param {string} directory */
  notPermitted: (directory) =>
    `it needs the permissions --allow-fs-read=* and --allow-fs-write=${directory}*`,
  NOT_A_DIRECTORY: 'it is not a directory',
  NOEXEC: 'it is mounted with "noexec"',
  MANY_LINKS: 'too many symbolic links lead to it',
  /** @param {string} directory */
  otherOwner: (directory) => `${directory} belongs to another user`,
  /** @param {string} directory */
  othersCanWrite: (directory) => `other users can write to ${directory}`,

  HARDENED:
    'sealift: This executable is hardened: with PKG_EXECPATH it runs only its own scripts. Build it ' +
    'without --harden if it needs others.\n',

  ADDON_FOR_GLIBC:
    '\nThe addon is built for glibc, but this executable uses musl as its C library. Use a build ' +
    'of the addon for musl (Alpine Linux).',
};

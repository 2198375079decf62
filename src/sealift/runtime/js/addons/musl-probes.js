'use strict';

/**
 * What a program on musl is told about its C library. Packages choose between an addon for glibc and one
 * for musl by looking at the machine: `/usr/bin/ldd` (detect-libc, napi-rs), `/etc/alpine-release`
 * (node-gyp-build), `ldd --version`, `getconf GNU_LIBC_VERSION`. But the machine may well have glibc while
 * the executable has its own musl, and only addons for musl can be loaded. So these questions are answered
 * here, by the files in `.sealift` (sealift/musl_answers.py), which an executable has if it has musl.
 */

const { readFileSync } = require('node:fs');

/** Paths on the disk, and the locations of what is read in their place. */
const STAND_INS = new Map(
  ['/usr/bin/ldd', '/etc/alpine-release'].map((path) => [path, `.sealift${path}`]),
);

const GLIBC_VERSION = /\bgetconf\s+GNU_LIBC_VERSION\b/g;
const LDD_VERSION = /(^|[\s;&|(])(?:\/usr\/bin\/)?ldd\s+--version\b/g;
const FOR_GLIBC = /GLIBC_2\.\d|ld-linux-/;

/** @param {string} command for a shell @returns {string} */
function answerShell(command) {
  return command
    .replace(GLIBC_VERSION, '(echo "getconf: GNU_LIBC_VERSION: unknown variable" >&2; false)')
    .replace(LDD_VERSION, '$1echo "musl libc"');
}

/**
 * @param {string} file
 * @param {readonly string[]} args
 * @returns {string | null} a script for Node to be run instead
 */
function answerCommand(file, args) {
  if (file === 'getconf' && args[0] === 'GNU_LIBC_VERSION') {
    return "console.error('getconf: GNU_LIBC_VERSION: unknown variable'); process.exitCode = 1";
  }
  const isLdd = (file === 'ldd' || file === '/usr/bin/ldd') && args[0] === '--version';
  return isLdd ? "console.log('musl libc')" : null;
}

/**
 * Load an addon; if it fails because it is for glibc, say so. The loader that is merged with a program
 * does it, a system's does not.
 *
 * @template T
 * @param {string} file
 * @param {(file: string) => T} open
 * @returns {T}
 */
function explaining(file, open) {
  try {
    return open(file);
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    if (!message.includes('for glibc') && isForGlibc(file)) {
      /** @type {Error} */ (error).message +=
        '\nThe addon was built for glibc, and this executable has musl as its C library: ' +
        'it needs a build of the addon for musl (Alpine Linux).';
    }
    throw error;
  }
}

/** @param {string} file @returns {boolean} */
function isForGlibc(file) {
  try {
    return FOR_GLIBC.test(readFileSync(file, 'latin1'));
  } catch {
    return false;
  }
}

module.exports = { STAND_INS, answerShell, answerCommand, explaining };

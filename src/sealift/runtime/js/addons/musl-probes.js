'use strict';

/**
 * What a program in an executable with musl finds out about its C library. Packages choose between
 * an addon for glibc and one for musl by probing the machine: `/usr/bin/ldd` (detect-libc,
 * napi-rs), `/etc/alpine-release` (node-gyp-build), `ldd --version`, `getconf GNU_LIBC_VERSION`.
 * But the machine may have glibc while the executable contains musl and can load only addons for
 * musl. So this module answers these probes, with the files in `.sealift`
 * (packing/musl_probe_files.py).
 */

const { readFileSync } = require('node:fs');
const { ADDON_FOR_GLIBC } = require('../messages.js');

/** Locations of the packaged files that are read in place of files on the disk, by their paths. */
const PACKAGED_PROBES = new Map(
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

const NO_GLIBC =
  "console.error('getconf: GNU_LIBC_VERSION: unknown variable'); process.exitCode = 1";
const MUSL = "console.log('musl libc')";

/** @param {string | undefined} code @returns {boolean} whether it is that of `answerCommand` */
function isAnswer(code) {
  return code === NO_GLIBC || code === MUSL;
}

/**
 * @param {string} file
 * @param {readonly string[]} args
 * @returns {string | null} a script that Node runs instead; null: not a probe
 */
function answerCommand(file, args) {
  if (file === 'getconf' && args[0] === 'GNU_LIBC_VERSION') return NO_GLIBC;
  const isLdd = (file === 'ldd' || file === '/usr/bin/ldd') && args[0] === '--version';
  return isLdd ? MUSL : null;
}

/**
 * Load an addon. If that fails because the addon is for glibc, say so in the error. The musl that
 * is merged with Node says it itself, the musl of a system does not.
 *
 * @template T
 * @param {string} file
 * @param {(file: string) => T} open
 * @returns {T}
 */
function withAdvice(file, open) {
  try {
    return open(file);
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    if (!message.includes('for glibc') && isForGlibc(file)) {
      /** @type {Error} */ (error).message += ADDON_FOR_GLIBC;
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

module.exports = { PACKAGED_PROBES, answerShell, answerCommand, isAnswer, withAdvice };

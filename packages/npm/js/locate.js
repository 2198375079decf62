'use strict';

/** Find the sealift that this package starts. */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const { version } = require('../package.json');

/** Milliseconds that a program found on PATH has to print its version. */
const PATIENCE = 30_000;

/**
 * @typedef {object} Program
 * @property {string} command
 * @property {string[]} args that come before sealift's own
 */

/** No sealift was found, or the one that SEALIFT names does not exist. */
class NotFoundError extends Error {}

/**
 * Return the sealift of this version: the one that SEALIFT names, the platform package, the one on
 * PATH, or what uvx or pipx fetch.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Program}
 * @throws {NotFoundError}
 */
function locate(env = process.env) {
  const named = env.SEALIFT;
  if (named) {
    if (!isFile(named)) {
      throw new NotFoundError(`SEALIFT names ${named}, which is not a file. Correct or unset it.`);
    }
    return { command: named, args: [] };
  }
  const packaged = inPlatformPackage();
  if (packaged !== undefined) return { command: packaged, args: [] };
  const installed = onPath('sealift', env).find(isThisVersion);
  if (installed !== undefined) return { command: installed, args: [] };
  const [uvx] = onPath('uvx', env);
  if (uvx !== undefined) return { command: uvx, args: [`sealift==${version}`] };
  const [pipx] = onPath('pipx', env);
  if (pipx !== undefined) {
    return { command: pipx, args: ['run', '--spec', `sealift==${version}`, 'sealift'] };
  }
  throw new NotFoundError(
    `sealift ${version} was not found for ${process.platform}-${process.arch}. Install it with ` +
      `'pip install sealift==${version}' (Python 3.11 or newer), install uv or pipx, or set ` +
      'SEALIFT to its path.',
  );
}

/** @returns {string | undefined} the executable of the platform package, if it is installed */
function inPlatformPackage() {
  const name = `@sealift/${process.platform}-${process.arch}`;
  let manifest;
  try {
    manifest = require.resolve(`${name}/package.json`);
  } catch {
    return undefined;
  }
  // Another version would take other options.
  if (JSON.parse(fs.readFileSync(manifest, 'utf8')).version !== version) return undefined;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const file = path.join(path.dirname(manifest), 'sealift', `sealift${suffix}`);
  return isFile(file) ? file : undefined;
}

/**
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @returns {string[]} the programs of this name on PATH, except scripts of Node: npm puts this
 *   package's own there
 */
function onPath(name, env) {
  const suffixes = process.platform === 'win32' ? ['.exe'] : [''];
  const found = [];
  for (const directory of (env.PATH ?? env.Path ?? '').split(path.delimiter)) {
    // An empty or relative component would mean the project's directory.
    if (!path.isAbsolute(directory)) continue;
    for (const suffix of suffixes) {
      const file = path.join(directory, name + suffix);
      if (isFile(file) && !isNodeScript(file)) found.push(file);
    }
  }
  return found;
}

/** @param {string} file @returns {boolean} whether sealift has the version of this package */
function isThisVersion(file) {
  const done = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: PATIENCE });
  return done.status === 0 && done.stdout.trim() === version;
}

/** @param {string} file @returns {boolean} */
function isFile(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** @param {string} file @returns {boolean} */
function isNodeScript(file) {
  const head = Buffer.alloc(100);
  let descriptor;
  try {
    descriptor = fs.openSync(file, 'r');
    fs.readSync(descriptor, head);
  } catch {
    return true; // what cannot be read is not started
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
  const [first] = head.toString('latin1').split('\n');
  return first.startsWith('#!') && first.includes('node');
}

module.exports = { locate, NotFoundError };

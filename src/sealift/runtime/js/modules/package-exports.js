'use strict';

/**
 * The `exports` and `imports` fields of package.json, as Node's documentation defines them
 * ("Resolution Algorithm Specification": PACKAGE_EXPORTS_RESOLVE, PACKAGE_IMPORTS_RESOLVE,
 * PACKAGE_TARGET_RESOLVE).
 */

const { nodeError } = require('../node-errors.js');

/**
 * @typedef {import('./package-json.js').Manifest} Manifest
 *
 * @typedef {object} Request
 * @property {Manifest} manifest the package whose field is read
 * @property {string} packagePath path of the package's directory with a separator at its end
 * @property {readonly string[]} conditions
 * @property {string} from path of the file that contains the specifier, for messages
 */

const FORBIDDEN = new Set(['.', '..', 'node_modules']);

/**
 * Resolve a subpath by the `exports` field.
 *
 * @param {Request} request
 * @param {string} subpath `.` or `./...`
 * @returns {string} path relative to the package, starting with `./`
 */
function resolveExports(request, subpath) {
  const { exports } = request.manifest;
  const sugar = isSugar(exports, request);
  const map = /** @type {Record<string, unknown>} */ (sugar ? { '.': exports } : exports);
  const target = matchKeys(request, map, subpath, false);
  if (target === null) throw notExported(request, subpath);
  return target;
}

/**
 * Resolve a specifier that starts with `#` by the `imports` field.
 *
 * @param {Request} request
 * @param {string} specifier
 * @returns {string} `./...` relative to the package, or a bare specifier
 */
function resolveImports(request, specifier) {
  const { imports } = request.manifest;
  const invalid = specifier === '#' || specifier.startsWith('#/');
  const target =
    imports === undefined || invalid ? null : matchKeys(request, imports, specifier, true);
  if (target === null) throw notDefined(request, specifier);
  return target;
}

/**
 * @param {unknown} exports
 * @param {Request} request
 * @returns {boolean} whether the field is the target of `.`, not a map of subpaths
 */
function isSugar(exports, request) {
  if (typeof exports !== 'object' || exports === null || Array.isArray(exports)) return true;
  const keys = Object.keys(exports);
  const dotted = keys.filter((key) => key === '' || key[0] === '.').length;
  if (dotted !== 0 && dotted !== keys.length) {
    throw nodeError(
      Error,
      'ERR_INVALID_PACKAGE_CONFIG',
      `Invalid package config ${request.packagePath}package.json while importing "${request.from}". ` +
        `"exports" cannot contain some keys starting with '.' and some not. The exports object must ` +
        'either be an object of package subpath keys or an object of main entry condition name keys only.',
    );
  }
  return dotted === 0;
}

/**
 * @param {Request} request
 * @param {Record<string, unknown>} map
 * @param {string} key
 * @param {boolean} internal whether the field is `imports`
 * @returns {string | null}
 */
function matchKeys(request, map, key, internal) {
  if (Object.hasOwn(map, key) && !key.includes('*') && !key.endsWith('/')) {
    return resolveTarget(request, map[key], '', key, internal) ?? null;
  }
  let best = '';
  let matched = '';
  for (const pattern of Object.keys(map)) {
    const star = pattern.indexOf('*');
    if (star < 0 || !key.startsWith(pattern.slice(0, star))) continue;
    const tail = pattern.slice(star + 1);
    if (key.length < pattern.length || !key.endsWith(tail) || tail.includes('*')) continue;
    if (best === '' || isMoreSpecific(pattern, best)) {
      best = pattern;
      matched = key.slice(star, key.length - tail.length);
    }
  }
  return best === '' ? null : (resolveTarget(request, map[best], matched, best, internal) ?? null);
}

/** @param {string} pattern @param {string} other @returns {boolean} PATTERN_KEY_COMPARE */
function isMoreSpecific(pattern, other) {
  const base = pattern.indexOf('*');
  const otherBase = other.indexOf('*');
  return base > otherBase || (base === otherBase && pattern.length > other.length);
}

/**
 * @param {Request} request
 * @param {unknown} target
 * @param {string} match what `*` stands for
 * @param {string} key
 * @param {boolean} internal
 * @returns {string | null | undefined} undefined: no condition matches
 */
function resolveTarget(request, target, match, key, internal) {
  if (typeof target === 'string') return resolveText(request, target, match, key, internal);
  if (Array.isArray(target)) return resolveAlternatives(request, target, match, key, internal);
  if (target === null) return null;
  if (typeof target !== 'object') throw invalidTarget(request, key, target, internal);
  const conditional = /** @type {Record<string, unknown>} */ (target);
  for (const condition of Object.keys(conditional)) {
    if (condition !== 'default' && !request.conditions.includes(condition)) continue;
    const found = resolveTarget(request, conditional[condition], match, key, internal);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * @param {Request} request
 * @param {unknown[]} targets
 * @param {string} match
 * @param {string} key
 * @param {boolean} internal
 * @returns {string | null | undefined}
 */
function resolveAlternatives(request, targets, match, key, internal) {
  /** @type {unknown} */
  let failure;
  /** @type {string | null | undefined} */
  let last = targets.length === 0 ? null : undefined;
  for (const target of targets) {
    try {
      const found = resolveTarget(request, target, match, key, internal);
      failure = undefined;
      if (found === undefined) continue;
      last = found;
      if (found !== null) return found;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ERR_INVALID_PACKAGE_TARGET') {
        throw error;
      }
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
  return last;
}

/**
 * @param {Request} request
 * @param {string} target
 * @param {string} match
 * @param {string} key
 * @param {boolean} internal
 * @returns {string}
 */
function resolveText(request, target, match, key, internal) {
  const isPattern = key.includes('*');
  if (!target.startsWith('./')) {
    const outside = target.startsWith('../') || target.startsWith('/') || URL.canParse(target);
    if (!internal || outside) throw invalidTarget(request, key, target, internal);
    return isPattern ? target.replaceAll('*', () => match) : target;
  }
  if (leavesPackage(target.slice(2))) throw invalidTarget(request, key, target, internal);
  if (!isPattern) return target;
  if (leavesPackage(match)) throw invalidMatch(request, key, match, target, internal);
  return target.replaceAll('*', () => match);
}

/**
 * @param {string} path
 * @returns {boolean} whether a component, percent-decoded, could lead out of the package
 */
function leavesPackage(path) {
  const decoded = path.replace(/%[0-9a-f]{2}/gi, (code) =>
    String.fromCharCode(Number.parseInt(code.slice(1), 16)),
  );
  return decoded.split(/[\\/]/).some((component) => FORBIDDEN.has(component.toLowerCase()));
}

/** @param {Request} request @param {string} subpath */
function notExported({ packagePath, from }, subpath) {
  const file = `${packagePath}package.json`;
  return nodeError(
    Error,
    'ERR_PACKAGE_PATH_NOT_EXPORTED',
    subpath === '.'
      ? `No "exports" main defined in ${file}${from && ` imported from ${from}`}`
      : `Package subpath '${subpath}' is not defined by "exports" in ${file}${from && ` imported from ${from}`}`,
  );
}

/** @param {Request} request @param {string} specifier */
function notDefined({ packagePath, from }, specifier) {
  return nodeError(
    TypeError,
    'ERR_PACKAGE_IMPORT_NOT_DEFINED',
    `Package import specifier "${specifier}" is not defined in package ` +
      `${packagePath}package.json imported from ${from}`,
  );
}

/**
 * @param {Request} request
 * @param {string} key
 * @param {unknown} target
 * @param {boolean} internal
 */
function invalidTarget({ packagePath, from }, key, target, internal) {
  const relative = typeof target === 'string' && !internal && !target.startsWith('./');
  return nodeError(
    Error,
    'ERR_INVALID_PACKAGE_TARGET',
    `Invalid "${internal ? 'imports' : 'exports'}" target ${JSON.stringify(target)} defined for '${key}' ` +
      `in the package config ${packagePath}package.json${from && ` imported from ${from}`}` +
      `${relative ? '; targets must start with "./"' : ''}`,
  );
}

/**
 * @param {Request} request
 * @param {string} key
 * @param {string} match
 * @param {string} target
 * @param {boolean} internal
 */
function invalidMatch({ packagePath, from }, key, match, target, internal) {
  return nodeError(
    TypeError,
    'ERR_INVALID_MODULE_SPECIFIER',
    `Invalid module "${match}" request is not a valid match in pattern "${key}" for the ` +
      `"${internal ? 'imports' : 'exports'}" resolution of ${packagePath}package.json (target ${target})` +
      `${from && ` imported from ${from}`}`,
  );
}

module.exports = { resolveExports, resolveImports };

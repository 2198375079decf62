'use strict';

/**
 * The option `--run`: runs a script of package.json in a shell, as Node does it (its
 * `src/node_task_runner.cc`).
 */

const { spawnSync } = require('node:child_process');
const { existsSync, readFileSync } = process.getBuiltinModule('node:fs');
const path = require('node:path');

/**
 * @param {string} name
 * @param {readonly string[]} args passed to the script
 */
function runScript(name, args) {
  const directory = ancestors(process.cwd()).find((above) =>
    existsSync(path.join(above, 'package.json')),
  );
  if (directory === undefined) fail(`Can't find package.json for directory ${process.cwd()}\n`);
  const file = path.join(directory, 'package.json');
  const scripts = scriptsOf(file);
  const command = scripts[name];
  if (typeof command !== 'string') {
    const names = Object.entries(scripts).map(([key, value]) => `  ${key}: ${value}\n`);
    fail(
      `Missing script: "${name}" for ${file}\n\n${
        names.length === 0 ? '' : `Available scripts are:\n${names.join('')}`
      }`,
    );
  }
  const places = ancestors(directory).map((above) => path.join(above, 'node_modules', '.bin'));
  const { status, signal } = spawnSync([command, ...args.map(escaped)].join(' '), {
    cwd: directory,
    shell: true,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: [...places, process.env.PATH ?? ''].join(path.delimiter),
      NODE_RUN_SCRIPT_NAME: name,
      NODE_RUN_PACKAGE_JSON_PATH: file,
    },
  });
  if (signal !== null) process.kill(process.pid, signal);
  // As in Node, whatever the code is.
  process.exitCode = status === 0 ? 0 : 1;
}

/** @param {string} directory @returns {string[]} it and all above it */
function ancestors(directory) {
  const parent = path.dirname(directory);
  return parent === directory ? [directory] : [directory, ...ancestors(parent)];
}

/** @param {string} file @returns {Record<string, unknown>} */
function scriptsOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).scripts ?? {};
  } catch {
    return fail(`Can't parse ${file}\n`);
  }
}

/** @param {string} text @returns {string} for the shell, as Node escapes it */
function escaped(text) {
  if (text === '') return "''";
  if (/^[a-zA-Z0-9]+$/.test(text)) return text;
  if (process.platform === 'win32') return `"${text.replaceAll('"', '""')}"`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** @param {string} text @returns {never} */
function fail(text) {
  require('node:fs').writeSync(2, text);
  process.exit(1);
}

module.exports = { runScript };

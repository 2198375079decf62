'use strict';

/**
 * Runs the JavaScript of a project's configuration and calls its functions, for a build.
 *
 * Questions come through a socket, which the last two arguments name: a file descriptor and "", or
 * a port and the token to send first. Each is answered before the next one:
 *
 *     question: u8 kind, u32 length of the name, u32 length of the content; name, content
 *     answer:   u8 kind, u32 length; payload
 *
 * Integers are little-endian, texts UTF-8. A name is JSON except for LOAD, where it is a path.
 * Kinds of questions, from 1:
 *
 *     LOAD       answered by VALUE, JSON of the exported value
 *     CALL       {function, arguments}; answered by VALUE, empty
 *     TRANSFORM  {function, path}, and the file's content; answered by VALUE, the new content, or
 *                by UNCHANGED
 *     MODULES    answered by VALUE, a digest of the modules that are loaded
 *     COMPILES   asks of a script whether V8 compiles it as CommonJS; answered by VALUE, empty, or
 *                by UNCHANGED
 *
 * PROBLEM answers any of them: JSON {message, file, line}; "file" is "" if unknown. In an exported
 * value a function is {"\0function": number, source: digest}, and undefined is null.
 */

const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { registerHooks } = require('node:module');
const { Socket, connect } = require('node:net');
const { fileURLToPath, pathToFileURL } = require('node:url');
const { inspect } = require('node:util');
const { compileFunction } = require('node:vm');

const LOAD = 1;
const CALL = 2;
const MODULES = 4;
const COMPILES = 5;
const VALUE = 0;
const PROBLEM = 1;
const UNCHANGED = 2;

const HEAD = 9;
const WRAPPER = ['exports', 'require', 'module', '__filename', '__dirname'];
const FUNCTION = '\0function';
const LOGGER = '\0logger';
const LONGEST_SETTINGS = 1 << 24;
const MESSAGE_LENGTH = 400;
const PLACE = /(?:^|[\s(])(file:\/\/[^\s()]+?|\/[^\n():]+|[A-Za-z]:\\[^\n():]+):(\d+)(?::\d+)?\)?$/;

/** @type {Function[]} */
const functions = [];
/** @type {Set<string>} */
const loaded = new Set();

/** @param {any} value */
function digest(value) {
  return createHash('sha256').update(value).digest('hex');
}

/** @returns {string} */
function digestOfModules() {
  const files = [...loaded].sort().map((url) => {
    try {
      return `${url} ${digest(readFileSync(new URL(url)))}`;
    } catch {
      return url;
    }
  });
  return digest(files.join('\n'));
}

/**
 * @param {any} error what was thrown
 * @returns {{message: string, file: string, line: number}}
 */
function problemOf(error) {
  const isError = typeof error?.stack === 'string' && typeof error.message === 'string';
  const name = isError && error.name !== 'Error' ? `${error.name}: ` : '';
  const message = isError ? `${name}${error.message}` : inspect(error, { depth: 1 });
  for (const line of isError ? error.stack.split('\n') : []) {
    const match = PLACE.exec(line.trim());
    if (match === null || match[1].includes('node_modules')) continue;
    const file = match[1].startsWith('file:') ? fileURLToPath(match[1]) : match[1];
    if (file !== __filename) return { message: cut(message), file, line: Number(match[2]) };
  }
  return { message: cut(message), file: '', line: 0 };
}

/** @param {string} text */
function cut(text) {
  const line = text
    .trim()
    .split(/\s*\n\s*/)
    .join('; ');
  return line.length > MESSAGE_LENGTH ? `${line.slice(0, MESSAGE_LENGTH)}…` : line;
}

/** @param {string} path */
async function load(path) {
  const namespace = await import(pathToFileURL(path).href);
  let value = await ('default' in namespace ? namespace.default : namespace);
  // CommonJS that a compiler made of `export default`.
  if (value?.__esModule && 'default' in value) value = await value.default;
  const text = JSON.stringify(value, (_, item) => {
    if (typeof item !== 'function') return item === undefined ? null : item;
    return { [FUNCTION]: functions.push(item) - 1, source: digest(String(item)) };
  });
  if (text?.length > LONGEST_SETTINGS) throw new RangeError('the settings are too large');
  return text;
}

// What pkg gives to `pkg.log`: each text may be followed by more lines.
const logger = Object.fromEntries(
  [
    ['debug', '[debug] '],
    ['info', ''],
    ['warn', 'Warning '],
    ['error', 'Error! '],
  ].map(([name, kind]) => [
    name,
    /** @param {unknown} text @param {string | string[]} lines */
    (text, lines = []) => {
      console.log(`> ${kind}${text}`);
      for (const line of [lines].flat()) console.log(`  ${line}`);
    },
  ]),
);

/** @param {Buffer} script */
function compiles(script) {
  try {
    compileFunction(script.toString(), WRAPPER);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {number} kind
 * @param {string} name
 * @param {Buffer} content
 * @returns {Promise<[number, any]>} kind and payload of the answer
 */
async function answer(kind, name, content) {
  if (kind === LOAD) return [VALUE, await load(name)];
  if (kind === MODULES) return [VALUE, digestOfModules()];
  if (kind === COMPILES) return [compiles(content) ? VALUE : UNCHANGED, ''];
  const question = JSON.parse(name);
  const hook = functions[question.function];
  if (kind === CALL) {
    const given = question.arguments.map((/** @type {any} */ one) =>
      one === LOGGER ? logger : one,
    );
    await hook(...given);
    return [VALUE, ''];
  }
  const result = await hook(question.path, content);
  if (result === undefined) return [UNCHANGED, ''];
  if (typeof result === 'string' || Buffer.isBuffer(result)) return [VALUE, result];
  const what = result === null ? 'null' : typeof result;
  const message = `it returned ${what}; expected string, Buffer, or undefined`;
  return [PROBLEM, JSON.stringify({ message, file: '', line: 0 })];
}

/** @param {Socket} socket */
function serve(socket) {
  /** @type {Buffer[]} */
  let chunks = [];
  let length = 0;
  let wanted = HEAD;

  async function next() {
    const bytes = Buffer.concat(chunks);
    chunks = [bytes];
    const nameLength = bytes.readUInt32LE(1);
    const contentLength = bytes.readUInt32LE(5);
    wanted = HEAD + nameLength + contentLength;
    if (length < wanted) return;
    chunks = [];
    length = 0;
    wanted = HEAD;
    const name = bytes.toString('utf8', HEAD, HEAD + nameLength);
    let kind = PROBLEM;
    let payload;
    try {
      [kind, payload] = await answer(bytes[0], name, bytes.subarray(HEAD + nameLength));
    } catch (error) {
      payload = JSON.stringify(problemOf(error));
    }
    const body = Buffer.from(payload ?? '');
    const head = Buffer.alloc(5);
    head[0] = kind;
    head.writeUInt32LE(body.length, 1);
    socket.write(head);
    socket.write(body);
  }

  socket.on('data', (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= wanted) next();
  });
  // The process ends when the functions have nothing more to do, as it does in pkg.
  socket.on('end', () => socket.destroy());
  socket.on('error', () => process.exit(1));
}

const [where, token] = process.argv.splice(2);
// Frames of Node's module loader would hide the place in the project.
Error.stackTraceLimit = 50;
// What is printed arrives in order, and before the process ends.
for (const stream of [process.stdout, process.stderr]) {
  /** @type {any} */ (stream)._handle?.setBlocking?.(true);
}
registerHooks({
  resolve(specifier, context, nextResolve) {
    const result = nextResolve(specifier, context);
    if (result.url.startsWith('file:')) loaded.add(result.url);
    return result;
  },
});
if (token) {
  const socket = connect(Number(where), '127.0.0.1');
  socket.setNoDelay(true);
  socket.write(token);
  serve(socket);
} else {
  serve(new Socket({ fd: Number(where) }));
}

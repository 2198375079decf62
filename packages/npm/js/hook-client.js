'use strict';

/**
 * Exports the hooks that the caller of `exec` has passed, to the build. Functions are called in the
 * caller's process: `hook-server.js` has the protocol.
 */

const net = require('node:net');
const readline = require('node:readline');

const { port, token, commands, functions } = JSON.parse(process.env.SEALIFT_HOOK_CALLS ?? '{}');

/** @type {net.Socket | undefined} */
let socket;
/** @type {AsyncIterator<string>} */
let answers;

/**
 * @param {string} hook
 * @param {unknown[]} args
 */
async function call(hook, args) {
  if (socket === undefined) {
    socket = net.connect(port, '127.0.0.1');
    answers = readline.createInterface({ input: socket })[Symbol.asyncIterator]();
    socket.write(`${token}\n`);
  }
  socket.ref();
  const shown = args.map((value) =>
    Buffer.isBuffer(value) ? { buffer: value.toString('base64') } : value,
  );
  socket.write(`${JSON.stringify({ hook, args: shown })}\n`);
  const { done, value: line } = await answers.next();
  socket.unref();
  if (done) throw new Error('the process that called exec() has ended');
  const { error, value } = JSON.parse(line);
  if (error !== undefined) throw Object.assign(new Error(error.message), { stack: error.stack });
  return typeof value?.buffer === 'string' ? Buffer.from(value.buffer, 'base64') : value;
}

module.exports = {
  ...commands,
  ...Object.fromEntries(
    (functions ?? []).map((/** @type {string} */ hook) => [
      hook,
      (/** @type {unknown[]} */ ...args) => call(hook, args),
    ]),
  ),
};

'use strict';

/**
 * Calls the functions that the caller of `exec` has passed as hooks, for the build in another
 * process, where `hook-client.js` stands for them.
 *
 * The two talk over a connection of this machine. Each message is a line of JSON; the first line of
 * the client is the token. A question is {hook, args}, an answer {value} or {error: {message,
 * stack}}. In args and values a Buffer is {buffer: base64}, and undefined is absent.
 */

const { randomBytes } = require('node:crypto');
const net = require('node:net');
const path = require('node:path');
const readline = require('node:readline');

/** @typedef {Partial<Record<'preBuild' | 'postBuild' | 'transform', unknown>>} Hooks */

/**
 * @typedef {object} Server
 * @property {Record<string, string>} env what the build needs to reach the hooks
 * @property {() => void} close
 */

/**
 * @param {Hooks} hooks commands, functions and undefined
 * @returns {Promise<Server>}
 */
async function serve(hooks) {
  const token = randomBytes(32).toString('hex');
  /** @type {Set<net.Socket>} */
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    answerAll(socket, hooks, token);
  });
  await new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const { port } = /** @type {net.AddressInfo} */ (server.address());
  const commands = Object.entries(hooks).filter(([, hook]) => typeof hook === 'string');
  const functions = Object.keys(hooks).filter(
    (name) => typeof (/** @type {any} */ (hooks)[name]) === 'function',
  );
  return {
    env: {
      SEALIFT_HOOKS: path.join(__dirname, 'hook-client.js'),
      SEALIFT_HOOK_CALLS: JSON.stringify({
        port,
        token,
        commands: Object.fromEntries(commands),
        functions,
      }),
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/**
 * @param {net.Socket} socket
 * @param {Hooks} hooks
 * @param {string} token
 */
async function answerAll(socket, hooks, token) {
  let isKnown = false;
  endLongGreeting(socket, token.length);
  for await (const line of readline.createInterface({ input: socket })) {
    if (!isKnown) {
      if (line !== token) {
        socket.destroy();
        return;
      }
      isKnown = true;
    } else {
      socket.write(`${JSON.stringify(await answer(JSON.parse(line), hooks))}\n`);
    }
  }
}

/**
 * Close a connection whose first line is too long: every user of the machine can connect, and
 * readline keeps a line until it ends.
 *
 * @param {net.Socket} socket
 * @param {number} longest in bytes
 */
function endLongGreeting(socket, longest) {
  let received = 0;
  socket.on('data', function count(chunk) {
    received += chunk.length;
    if (chunk.includes('\n')) socket.off('data', count);
    else if (received > longest) socket.destroy();
  });
}

/**
 * @param {{hook: string, args: any[]}} question
 * @param {Hooks} hooks
 */
async function answer({ hook, args }, hooks) {
  try {
    const given = args.map((value) =>
      typeof value?.buffer === 'string' ? Buffer.from(value.buffer, 'base64') : value,
    );
    const value = await /** @type {any} */ (hooks)[hook](...given);
    return { value: Buffer.isBuffer(value) ? { buffer: value.toString('base64') } : value };
  } catch (error) {
    const { message = String(error), stack = '' } = /** @type {any} */ (error) ?? {};
    return { error: { message, stack } };
  }
}

module.exports = { serve };

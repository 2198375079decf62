'use strict';

// Prints the microseconds of processor time that each way to read a file takes, as JSON.

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

const express = require('express');

const CLIENTS = 8;
const ROUNDS = 3;
const FOLDER = path.join(__dirname, 'public');
const FILE = path.join(FOLDER, 'page.html');

/** One reading each, and how many make a round. */
const readings = {
  readFile: [() => new Promise((done) => fs.readFile(FILE, done)), 4000],
  'promises.readFile': [() => fs.promises.readFile(FILE), 4000],
  readFileSync: [() => fs.readFileSync(FILE, 'utf8'), 10000],
  stat: [() => fs.promises.stat(FILE), 8000],
  createReadStream: [
    () => new Promise((done) => fs.createReadStream(FILE).on('close', done).resume()),
    3000,
  ],
};

function microseconds() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function cost(read, count) {
  let least = Infinity;
  for (let round = 0; round <= ROUNDS; round++) {
    const begin = microseconds();
    for (let done = 0; done < count; done++) await read();
    // The first round has the engine compile.
    if (round > 0) least = Math.min(least, (microseconds() - begin) / count);
  }
  return least;
}

/** Requests of several clients at a time; the clients' share is the same everywhere. */
async function requested(port, agent) {
  const one = () =>
    new Promise((done, failed) => {
      http
        .get({ port, path: '/page.html', agent }, (answer) => {
          if (answer.statusCode !== 200) failed(new Error(`status ${answer.statusCode}`));
          answer.on('end', done).resume();
        })
        .on('error', failed);
    });
  await Promise.all(Array.from({ length: CLIENTS }, one));
}

async function main() {
  const found = {};
  for (const [name, [read, count]] of Object.entries(readings)) found[name] = await cost(read, count);
  const server = express().use(express.static(FOLDER)).listen(0);
  await new Promise((done) => server.once('listening', done));
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  const { port } = server.address();
  found['express.static'] = (await cost(() => requested(port, agent), 250)) / CLIENTS;
  console.log(JSON.stringify(found));
  process.exit();
}

main();

'use strict';

// Runs the cases of one group and prints what each gave, as one JSON object. It is run twice, as files on
// a disk and packaged, and must print the same. Usage: run.cjs GROUP, in a directory it may write to.

const path = require('node:path');
const { describe, Places } = require('./describe.cjs');

const root = path.join(__dirname, 'data');
const out = process.cwd();

async function main([group]) {
  const places = new Places(root, out);
  const outcomes = {};
  const cases = require(`./cases/${group}.cjs`);
  const add = (name, run) => {
    if (Object.hasOwn(outcomes, name)) throw new Error(`two cases are called ${name}`);
    outcomes[name] = run;
  };
  cases({ root, out, add, at: (name) => (name === '' ? root : `${root}/${name}`) });
  for (const [name, run] of Object.entries(outcomes)) {
    outcomes[name] = await outcome(run, places);
  }
  process.stdout.write(JSON.stringify(outcomes));
}

async function outcome(run, places) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve('never ended'), 5000);
  });
  try {
    return await Promise.race([Promise.resolve(run()).then((value) => describe(value, places)), late]);
  } catch (error) {
    return { thrown: describe(error, places) };
  } finally {
    clearTimeout(timer);
  }
}

process.on('uncaughtException', (error) => {
  process.stdout.write(`uncaught: ${error.stack}`);
  process.exit(1);
});
main(process.argv.slice(2)).catch((error) => {
  process.stdout.write(`failed: ${error.stack}`);
  process.exitCode = 1;
});

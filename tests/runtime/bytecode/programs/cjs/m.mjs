import fs, { readFileSync } from 'node:fs';
import a, { hello } from './a.js';
import * as n from './n.mjs';
import data from './d.json' with { type: 'json' };
export { n };
export let live = 1;
live += await Promise.resolve(41);
export default function named() {}
console.log(import.meta, hello('esm'), a.hello === hello, fs.readFileSync === readFileSync, data);
try {
  null.x;
} catch (error) {
  console.log(error.message, error.stack.split('\n')[1]);
}

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** Counts the lines and words of a file of the machine that runs it. */
export default function define(command) {
  command.description('count the lines and words of a file').argument('<file>').action(count);
}

async function count(file) {
  let lines = 0;
  let words = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    lines += 1;
    words += line.split(/\s+/).filter(Boolean).length;
  }
  console.log(`${lines} lines, ${words} words`);
}

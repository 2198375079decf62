import { readFileSync } from 'node:fs';
import { readFile } from 'fs/promises';

export async function read(path) {
  return [readFileSync(path, 'utf8'), await readFile(path, 'utf8')];
}

import { setTimeout as wait } from 'node:timers/promises';

await wait(1);

export function thrower() { throw new TypeError('of a module'); }

export async function later() {
  await wait(1);
  throw new Error('later');
}

class First extends Array { #a = class {}; }
export default class {}
export const make = () => class extends First {};
export class Second extends make() {}
import * as own from './module.mjs';

console.log(own, First, [Second], new Second(), make, make());
for (const value of [First, own.default, Second, make, make()]) {
  const text = String(value);
  console.log(/^\s*class\b/.test(text), text.length, text.endsWith('}'));
}

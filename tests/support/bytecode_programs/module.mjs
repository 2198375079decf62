import { posix } from 'node:path';
import * as util from 'node:util';

export const joined = posix.join('a', '..', 'b');
export default class Named { static name = 'static name'; }
export let live = 1;
live += await Promise.resolve(41);
console.log(joined, live, Named.name, util.format('%s %j', import.meta.missing, { length: 0 }));

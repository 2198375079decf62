import { createRequire } from 'node:module';

import { count } from '#shared';
import data from './data.json' with { type: 'json' };

const require = createRequire(import.meta.url);
const start = require('./start.cjs'); // which is not done yet

export const describe = () => `${start.name} ${count()} ${data.list.join('+')}`;

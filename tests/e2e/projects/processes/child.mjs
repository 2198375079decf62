import { double } from './lib/double.js';

console.log(process.argv[2], double(22), import.meta.filename.endsWith('child.mjs'));

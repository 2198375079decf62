// An ES module as a command: top-level await, a package of ES modules, one of CommonJS.
import _ from 'lodash';
import yargs from 'yargs';
const { argv } = yargs(process.argv.slice(2)).option('name', { type: 'string', demandOption: true });
const { name } = await argv;
console.log(_.upperFirst(name), _.chunk([1, 2, 3], 2), _.VERSION, _.template('a<%= b %>')({ b: 1 }));
await import('./index.js');

'use strict';

// A resolver in native code looks for packages and files of the program.

const path = require('node:path');
const { ResolverFactory } = require('unrs-resolver');

const options = { conditionNames: ['node', 'require'], extensions: ['.js', '.json'], mainFields: ['main'] };
const resolver = new ResolverFactory(options);
const shown = ({ path: found, error }) => [
  found && path.relative(__dirname, found),
  error?.replace(__dirname, '<here>'),
];

async function main() {
  for (const specifier of ['./lib', './lib/data', 'unrs-resolver', './none', path.join(__dirname, 'lib')]) {
    console.log(specifier.replace(__dirname, '<here>'), shown(resolver.sync(__dirname, specifier)));
    console.log(shown(await resolver.async(__dirname, specifier)));
  }
  const other = resolver.cloneWithOptions({ ...options, extensions: ['.json'] });
  console.log(shown(other.sync(path.join(__dirname, 'lib'), './data')), other instanceof ResolverFactory);
  console.log(shown(resolver.sync(process.cwd(), './beside')));
}

main();

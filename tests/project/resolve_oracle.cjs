// Answers [directory, specifier] pairs (JSON on stdin) as Node itself resolves them.
'use strict';
const fs = require('fs');
const { createRequire, isBuiltin } = require('module');
const { pathToFileURL, fileURLToPath } = require('url');

function required(directory, specifier) {
  try {
    return createRequire(directory + '/oracle.cjs').resolve(specifier);
  } catch (error) {
    return null;
  }
}

async function main() {
  const { resolve } = await import('data:text/javascript,export const resolve = import.meta.resolve');
  const imported = (directory, specifier) => {
    try {
      const url = resolve(specifier, pathToFileURL(directory + '/oracle.mjs').href);
      // `import.meta.resolve` answers for more than Node can load.
      if (url.startsWith('data:') || isBuiltin(url)) return url;
      if (!url.startsWith('file:')) return null;
      const path = fileURLToPath(url);
      return fs.statSync(path).isFile() ? path : null;
    } catch (error) {
      return null;
    }
  };
  const pairs = JSON.parse(fs.readFileSync(0, 'utf8'));
  const answers = pairs.map(([directory, specifier]) => [
    required(directory, specifier),
    imported(directory, specifier),
  ]);
  console.log(JSON.stringify(answers));
}
main();

'use strict';

const { readFileSync, existsSync } = require('node:fs');
const { Worker, isMainThread } = require('node:worker_threads');

/** Where the system has loaded files from whose name ends so. */
function loadedFrom(ending) {
  const lines = readFileSync('/proc/self/maps', 'utf8').split('\n');
  const files = lines.map((line) => line.slice(line.indexOf('/')).replace(' (deleted)', ''));
  return [...new Set(files.filter((file) => file.endsWith(ending)))];
}

async function main() {
  const bytes = Buffer.from([1, 2, 3]);
  // Not by way of its package, which does without the addon if that does not load.
  require('bufferutil/prebuilds/linux-x64/bufferutil.node').unmask(bytes, Buffer.from([1, 1, 1, 1]));
  const result = { bytes: [...bytes], addon: loadedFrom('bufferutil.node') };
  if (process.argv.includes('sharp')) {
    const sharp = require('sharp');
    const create = { width: 4, height: 4, channels: 3, background: { r: 10, g: 20, b: 30 } };
    result.pixels = [...(await sharp({ create }).resize(1, 1).raw().toBuffer())];
    result.library = loadedFrom('libvips-cpp.so.8.18.7');
  }
  result.exists = result.addon.map((file) => existsSync(file));
  if (process.argv.includes('worker') && isMainThread) {
    await new Promise((resolve, reject) => {
      new Worker(__filename).on('error', reject).on('exit', resolve);
    });
  }
  if (isMainThread) console.log(JSON.stringify(result));
}

main();

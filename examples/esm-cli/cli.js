#!/usr/bin/env node
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { Command } from 'commander';

import manifest from './package.json' with { type: 'json' };

const program = new Command(manifest.name).description(manifest.description);
program.version(manifest.version);

// One file per command; which there are is known only once the folder is read.
const names = await readdir(path.join(import.meta.dirname, 'commands'));
for (const name of names.map((file) => path.basename(file, '.js')).sort()) {
  const { default: define } = await import(`./commands/${name}.js`);
  define(program.command(name));
}

const motto = await readFile(new URL('./data/motto.txt', import.meta.url), 'utf8');
program.addHelpText('after', `\n${motto.trimEnd()}`);

await program.parseAsync();

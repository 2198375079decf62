#!/usr/bin/env node
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';

const argv = await yargs(hideBin(process.argv))
  .scriptName('yargs-cli')
  .locale(process.env.APP_LOCALE ?? 'en')
  .command('add <a> <b>', 'add two numbers', (command) =>
    command.positional('a', { type: 'number' }).positional('b', { type: 'number' }),
  )
  .option('loud', { type: 'boolean', describe: 'shout' })
  .demandCommand(1)
  .strict()
  .version()
  .parse();

console.log(argv.a + argv.b + (argv.loud ? '!' : ''));

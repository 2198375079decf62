import path from 'node:path';

/** Tells where the program believes to be, and who else is there. */
export default function define(command) {
  command.description('tell where the program runs').action(() => {
    console.log(`platform: ${process.platform}-${process.arch}`);
    console.log(`file: ${path.basename(import.meta.filename)}`);
    console.log(`folder: ${path.basename(import.meta.dirname)}`);
    console.log(`resolved: ${path.basename(import.meta.resolve('commander'))}`);
  });
}

console.log('module', process.argv.slice(1), import.meta.main, import.meta.filename);

console.log('worker', process.argv.slice(2), __filename);

process.send([process.argv.slice(2), process.execArgv, require("./lib").lib, require.main === module]);

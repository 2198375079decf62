import { lib } from "./lib.js"; console.log("child.mjs", lib, process.argv.slice(2), process.execArgv, import.meta.main); 

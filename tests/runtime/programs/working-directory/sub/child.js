const fs = require('fs');
const told = { cwd: process.cwd(), sees: fs.existsSync('a.txt'), argv: process.argv.slice(1), own: Object.keys(process.env).filter((name) => name.startsWith('SEALIFT')) };
if (process.send) process.send(told);
else console.log(JSON.stringify(told));

process.stdin.on('data', (d) => process.stdout.write('got ' + d));

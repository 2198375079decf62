process.emitWarning('careful'); new Buffer(1); process.stdout.write('no newline'); process.exitCode = 7;

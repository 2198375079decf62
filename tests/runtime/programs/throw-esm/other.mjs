const x = 1;
await null;
throw new TypeError('not caught ' + x);

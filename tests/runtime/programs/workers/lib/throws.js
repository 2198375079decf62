
throw new TypeError('thrown in a worker');

process.send([import.meta.url, typeof await 1]); process.on('message', () => process.disconnect());

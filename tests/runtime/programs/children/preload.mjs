globalThis.preloaded = await 1;

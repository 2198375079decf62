globalThis.preloaded = 1;

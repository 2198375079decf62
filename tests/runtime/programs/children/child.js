exports.name = __filename;
if (require.main === module) console.log('child', JSON.stringify([process.argv.slice(2), process.argv[1] === __filename, process.execArgv, process.env.OWN, process.env.PKG_EXECPATH, process.env.NODE_OPTIONS, Object.keys(process.env).filter((key) => /SEALIFT/.test(key)), Error.stackTraceLimit, typeof globalThis.preloaded, __filename, process.title.length > 0]));

exports.isThis = this === module.exports && this === exports;
exports.names = [typeof require, typeof require.resolve, typeof require.resolve.paths];
exports.keys = Object.keys(require).join();
exports.same = [require.cache === module.constructor._cache, require.main === process.mainModule];
exports.length = arguments.length;
exports.returned = (() => { try { return require.caller; } catch (e) { return e.name; } })();
return;

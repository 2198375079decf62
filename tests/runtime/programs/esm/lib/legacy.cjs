exports.isMain = require.main === module; exports.cached = Object.keys(require.cache).length > 0; exports.inner = require('cjs-named');

exports.filename = __filename; exports.parent = module.parent?.filename; exports.isMain = require.main === module;

exports.text = 'unchanged';
exports.other = require('./other');
exports.self = [this === module.exports, require.resolve === undefined, __filename === module.filename];

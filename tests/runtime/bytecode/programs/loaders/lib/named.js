exports.named = 1;
exports['two words'] = 2;
module.exports = { ...module.exports, ...require('./reexported.js') };

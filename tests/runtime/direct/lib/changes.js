module.exports = { first: 1 };
exports.change = 0;

module.exports = function first() { throw new Error('on the first line'); };

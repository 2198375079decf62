module.exports = { at: 'load' };

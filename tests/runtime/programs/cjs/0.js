module.exports = '0';

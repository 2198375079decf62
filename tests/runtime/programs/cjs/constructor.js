module.exports = 'constructor';

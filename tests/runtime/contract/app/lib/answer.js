module.exports = 'stored answer';

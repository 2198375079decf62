module.exports = 'two dots';

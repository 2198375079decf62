module.exports = ['own', require('./part')];

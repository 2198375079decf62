module.exports = [require('dep'), require('other')];

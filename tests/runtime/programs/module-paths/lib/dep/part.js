module.exports = 'own part';

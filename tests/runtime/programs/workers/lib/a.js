exports.name = 'a of ' + __filename;

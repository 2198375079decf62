exports.from = 'other, as package';

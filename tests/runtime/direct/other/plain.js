exports.from = 'other';

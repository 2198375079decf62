exports.from = 'other one';

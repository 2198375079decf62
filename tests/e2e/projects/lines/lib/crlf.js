'use strict';
// Lines end as on Windows; these do not:    
exports.thrower = function thrower() {
  throw new Error('é日本 😀');
};

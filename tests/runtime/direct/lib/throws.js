'use strict';
globalThis.attempts = (globalThis.attempts ?? 0) + 1;
exports.partial = true;
require('./empty');
throw Object.assign(new Error(`attempt ${globalThis.attempts}`), { code: 'OWN' });

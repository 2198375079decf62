try { require('./cycle.mjs'); } catch (e) { exports.code = e.code; }

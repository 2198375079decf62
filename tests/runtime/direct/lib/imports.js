exports.load = () => import('./esm.mjs');

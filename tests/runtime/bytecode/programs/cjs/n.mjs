export const n = 'n'; export default 5;
export * from './o.mjs';

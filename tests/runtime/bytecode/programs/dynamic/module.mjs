export { name } from './second.js';
export const { url } = import.meta;

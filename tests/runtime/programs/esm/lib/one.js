export default 'one'; export const self = import.meta.url; export const lib = 'lib';

export default 'stored answer for import';

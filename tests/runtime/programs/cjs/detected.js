export default import.meta.filename;

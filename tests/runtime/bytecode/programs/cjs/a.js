exports.hello = (x) => `hello ${x}`;
exports.parent = module.parent.filename;
exports.fail = function fail() {
  // this comment is in the source alone
  throw new Error('failed');
};

module.exports = class Other {
  method() {
    return 1;
  }
};



module.exports = (function deep() {
  null.x;
})();

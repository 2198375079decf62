// As in later.js, of an ES module.
export default function () {
  return [...spread(() => 4)].map((value) => value + 1);
}
function spread(value) {
  return new Set([value(), new (class { five = (() => 5)(); })().five]);
}

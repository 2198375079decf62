function f() {
  throw new TypeError("in a dependency");
}
f();

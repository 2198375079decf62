const a = 1;
function f() {
  throw new TypeError("thrown");
}
f();
// Node does not warn of a deprecated module that a package requires.
console.log(require('user'));

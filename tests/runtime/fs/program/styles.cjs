'use strict';

// One function of `fs` in its three styles.

const fs = require('node:fs');
const promises = require('node:fs/promises');

/** @returns {[style: string, call: (...args: any[]) => any][]} those that this release has */
function styles(name) {
  const [namespace, member] = name.includes('.') ? name.split('.') : [null, name];
  const found = [];
  if (namespace !== null) {
    found.push(['sync', fs[`${namespace}Sync`][member]]);
    found.push(['callback', called(fs[namespace][member])]);
    return found;
  }
  if (typeof fs[`${name}Sync`] === 'function') found.push(['sync', fs[`${name}Sync`]]);
  if (typeof fs[name] === 'function') found.push(['callback', called(fs[name])]);
  if (typeof promises[name] === 'function') found.push(['promise', promises[name]]);
  return found;
}

/** Everything that a callback gets, or what the call throws at once. */
function called(original) {
  return (...args) =>
    new Promise((resolve, reject) => {
      let returned = false;
      original(...args, (error, ...results) => {
        if (!returned) reject(new Error('called back before it returned'));
        else if (error) reject(error);
        else resolve(results.length < 2 ? results[0] : results);
      });
      returned = true;
    });
}

/** `fs.exists` calls back with its answer alone. */
function exists(path) {
  return new Promise((resolve) => fs.exists(path, resolve));
}

module.exports = { styles, called, exists };

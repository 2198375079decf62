'use strict';

/** The options `--help` and `--v8-options`. */

/** @param {boolean} ofNode whether to print Node's help, not that of V8 */
function print(ofNode) {
  if (ofNode) {
    console.log(
      'Usage: node [options] [ script.js ] [arguments]\n\nThe options are those of Node.js ' +
        `${process.version}: https://nodejs.org/docs/${process.version}/api/cli.html`,
    );
  } else {
    // V8 prints its options and ends the process.
    require('node:v8').setFlagsFromString('--help');
  }
}

module.exports = { print };

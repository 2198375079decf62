#!/usr/bin/env node
'use strict';
const show = (name, value) => console.log(name, typeof value === 'function' ? 'function' : JSON.stringify(value));
const attempt = (action) => { try { return action(); } catch (error) { return [error.name, error.code, error.message.split('\nThe executable ')[0], error.requireStack]; } };
show('main', [require.main === module, module.id, module.filename, __filename, __dirname, module.paths[0], module.parent, module.loaded, process.mainModule === module]);
show('argv', process.argv.slice(1));
show('execArgv', process.execArgv);
show('relative', require('./lib/here'));
show('again', require('./lib/here') === require('./lib/here.js'));
show('directory', require('./dir'));
show('dot', require('.') === module.exports);
show('json', [require('./data.json'), require('./data')]);
show('bom', [require('./bom.js'), require('./bom.json')]);
show('empty', [require('./empty.js'), require('./crlf.js'), require('./shebang.js')]);
show('dual', require('dual'));
show('subpath', attempt(() => require('dual/sub/x')));
show('not exported', attempt(() => require('dual/private.js')));
show('exported, missing', attempt(() => require('dual/gone')));
show('legacy', [require('legacy'), require('legacy/lib.js'), require('legacy/lib')]);
show('joined', ['lib', 'lib.js'].map((name) => require(require('path').join('legacy', name))));
show('scope', [require('@scope/pkg'), require('@scope/pkg/package.json').name]);
show('nomain', require('nomain'));
show('onlyjson', require('onlyjson'));
show('nested', require('self').inner);
show('self', [require('cjs-app/lib/here').filename, attempt(() => require('cjs-app/nothing'))]);
show('imports', [require('#here').filename, require('#dep'), require('#p/here').filename, attempt(() => require('#os') === require('os')), attempt(() => require('#gone'))]);
show('missing', [attempt(() => require('./gone')), attempt(() => require('gone')), attempt(() => require('gone/sub')), attempt(() => require('@gone')), attempt(() => require(''))]);
show('missing in lib', attempt(() => require('./lib/wants-gone.js')));
show('builtin', [attempt(() => require('node:nothing')), require('node:fs') === require('fs'), attempt(() => require('sys') === require('util'))]);
show('resolve', [require.resolve('./lib/here'), require.resolve('dual'), require.resolve('fs'), require.resolve('node:fs'), attempt(() => require.resolve('gone'))]);
show('resolve with paths', [
  require.resolve('inner', { paths: [require.resolve('self')] .map((file) => require('path').dirname(file)) }),
  require.resolve('./here', { paths: [__dirname + '/lib'] }),
  attempt(() => require.resolve('inner', { paths: [__dirname] })),
  attempt(() => require.resolve('dual', { paths: ['/'] })),
]);
show('resolve.paths', [require.resolve.paths('x')[0], require.resolve.paths('./x'), require.resolve.paths('fs')]);
show('computed', ['here', 'wants-gone'].map((name) => attempt(() => require(`./lib/${name}`))).map((result) => Object.keys(result)));
show('absolute', require(__dirname + '/lib/here').filename);
show('trailing', [require('./dir/'), attempt(() => require('./lib/here.js/')), require('./lib/../dir/')]);
show('cache', Object.keys(require.cache).map((key) => key.slice(__dirname.length)));
delete require.cache[require.resolve('./lib/here')];
show('reloaded', require('./lib/here').filename);
show('children', module.children.map((child) => child.id.slice(__dirname.length)));
const { createRequire, isBuiltin, findPackageJSON } = require('module');
const { pathToFileURL } = require('url');
show('createRequire', [createRequire(__filename)('./lib/here').filename, createRequire(pathToFileURL(__dirname + '/lib/'))('./here').filename, createRequire(__dirname + '/lib/nothing.js').resolve('dual')]);
show('isBuiltin', [isBuiltin('fs'), isBuiltin('dual')]);
show('cycle', require('./cycle-a'));
require.extensions['.txt'] = (module, filename) => { module.exports = require('fs').readFileSync(filename, 'utf8').trim(); };
show('extension', [require('./text.txt'), require('./text')]);
show('as javascript', require('./script.unknown'));
show('main field without the file', attempt(() => require('./broken')));
show('this', [this === module.exports, typeof exports]);
show('symlink', attempt(() => require('./linked').filename));
show('proto', [require('./__proto__'), require('./0'), require('./constructor')]);
show('syntax', attempt(() => require('./syntax.js')));
show('detected', require('./detected.js').default);
show('find', [findPackageJSON('./lib/here.js', __filename), findPackageJSON('dual', __filename), findPackageJSON('dual/lib/r.cjs', pathToFileURL(__filename)), findPackageJSON(pathToFileURL(__dirname + '/lib/here.js')), attempt(() => findPackageJSON('gone', __filename))]);
const Module = require('module');
const real = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) { return real.call(this, request === '@alias/here' ? __dirname + '/lib/here.js' : request, ...rest); };
show('alias', require('@alias/here').filename);
import('./lib/here.js').then((found) => show('import', [Object.keys(found), found.default === require('./lib/here')]));

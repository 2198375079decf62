"""Every form of reference: source on the left, the references found on the right.

More than 400 lines, because the forms are one table.
"""

from __future__ import annotations

import pytest

from sealift.project.scan import find_references

from .scan_notation import scanned

PATH = "const path = require('path');"
GIVEN = {"require path", "require fs", "require child_process", "require worker_threads"}

REQUIRE = [
    ("require('a')", "require a"),
    ("require(`a`)", "require a"),
    ('require("\\x61\\u0062\\u{63}")', "require abc"),
    ("require(/* why */ 'a' /* not */)", "require a"),
    ("require('a',)", "require a"),
    ("x = { y: [require('a').b.c()] }", "require a"),
    ("class A extends require('a') { m() { return require('b') } }", "require a; require b"),
    ("require('a', 'may-exclude')", "require a optional"),
    ("require('a', 'must-exclude')", "require a excluded"),
    ("require('a', 'other')", "require a"),
    ("require(x)", "unproven require"),
    ("require(x, 'may-exclude')", "unproven require guarded"),
    ("require(x, 'must-exclude')", ""),
    ("require('a' + b)", "require pattern a*"),
    ("require('a' + 'b')", "require ab"),
    ("require(`a${b}`)", "require pattern a*"),
    ("require(a + '/x.js')", "require pattern */x.js"),
    ("require(`./a/${b}/c`)", "require pattern ./a/*/c"),
    ("require(1)", "require 1"),
    ("require()", ""),
    ("require(null); require(/x/)", "unproven require; unproven require"),
    ("require(...x)", "unproven require"),
    ("function f(m) { return require(m) }", "unproven require"),
    ("require(b ? './a' : './c')", "require ./a; require ./c"),
    ("require(b || './a')", "require ./a; unproven require"),
    ("require('./a'.concat('/b'))", "require ./a/b"),
    ("require(['.', 'a', 'b'].join('/'))", "require ./a/b"),
    ("require('./' + process.platform + '/x.node')", "require pattern ./*/x.node"),
    ("const d = './lib'; require(d + '/a')", "require ./lib/a"),
    ("let d = './lib'; require(`${d}/a`)", "require ./lib/a"),
    ("let d = './lib'; d = './src'; require(`${d}/a`)", "require ./lib/a; require ./src/a"),
    ("let d = './lib'; d += x; require(`${d}/a`)", "require ./lib/a; require pattern */a"),
    ("const d = './lib'; function f(d) { require(d + '/a') }", "require pattern */a"),
    ("for (const d of x) require(d)", "unproven require"),
    ("try {} catch (d) { require(d) }", "unproven require"),
    ("(0, require)('x')", "require x"),
    ("require.call(null, 'x')", "require x"),
    ("module.require('x')", "require x"),
    ("module['require']('x')", "require x"),
    ("require.main.require('x')", "require x entry"),
    ("require.main.require('./x')", "require ./x entry"),
    ("process.mainModule.require('./' + x)", "require pattern ./* entry"),
    ("const r = require; r('x')", "require x"),
    ("const req = module.require; req('x')", "require x"),
    ("const { require: r } = module; r('x')", "require x"),
    ("function f() { const { require } = module; return require('x') }", "require x"),
    ("const { require: r = f, ...rest } = module; r('x')", "require x"),
    ("const m = module; m.require('x'); const { require: r } = m; r('y')", "require x; require y"),
    ("const m = module; const path = require('path'); m.require(path.join(m.path, 'x'))",
     "require path; require ./x"),
    ("const { path: here } = module; require(here + '/x')", "require ./x"),
    ("const { mainModule: m } = process; m.require('x')", "require x entry"),
    ("const { main } = require; main.require('x')", "require x entry"),
    ("const m = module; m.exports = m; m.hot.accept(); f(m.id, m)", ""),
    ("function f(module) { const { require: r } = module; r('x') }", ""),
    ("const r = typeof require === 'function' ? require : null; r('x')", "require x"),
    ("const r = typeof require === 'function' && require; r('x')", "require x"),
    ("let r; r = require; r('x')", "require x"),
    ("const { resolve } = require; resolve('x')", "require-resolve x"),
    ("const r = require.bind(null); r('x')", "require x"),
    ("eval('require')('x')", "require x"),
    ("__non_webpack_require__('x')", "require x"),
    ("var __require = (x => typeof require !== 'undefined' ? require : x)(f); __require('x')",
     "require x"),
    ("const lazy = require('import-lazy')(require); const x = lazy('./y')",
     "require import-lazy; require ./y"),
    ("foo(require)", "unproven require"),
    ("module.exports = require", "unproven require"),
    ("module.exports = { require }", "unproven require"),
    ("typeof require; !require; require.cache[x]; delete require.extensions['.x']", ""),
    ("if (require.main === module) f()", ""),
    ("if (require && require.main) f()", ""),
    ("x.require('a'); ({ require: 1 }); a.b.require()", ""),
    ("'require(\"a\")' + `require('b')` // require('c')", ""),
    ("require('u' + 'rl')", "require url"),
    ("return require('x')", "require x"),
    ("label: { require('x') }", "require x"),
    ("#!/usr/bin/env node\nrequire('x')", "require x"),
    ("\ufeffrequire('x')", "require x"),
    ("<A b={require('x')}>it's</A>", "require x"),
    ("async () => { for await (const x of require('x')) {} }", "require x"),
    ("x?.y ?? require('x')?.z", "require x"),
    ("'\0'; require('x')", "require x"),
]  # fmt: skip

CONTAINED = [
    ("const d = {a: './a', b: x}; require(d.a)", "require ./a"),
    ("const d = {'a': './a', b: './b'}; require(d[x]); require(d['b'])",
     "require ./a; require ./b"),
    ("const o = {x: {y: './y'}}; require(o.x.y)", "require ./y"),
    ("const a = './a', o = {a}; require(o.a)", "require ./a"),
    ("const {a} = {a: './a', b: './b'}; require(a)", "require ./a"),
    ("const [, b] = ['./a', './b']; require(b)", "require ./b"),
    ("const [a, ...b] = ['./a', './b']; require(b)", "unproven require"),
    ("require({a: './a', b: './b'}[process.platform])", "require ./a; require ./b"),
    ("const o = {a: o.a}; require(o.a)", "unproven require"),
    ("const o = {a: './a', ...x}; require(o.a)", "require ./a; unproven require"),
    ("const o = {[x]: './a'}; require(o.a)", "unproven require"),
    ("const o = {get a() { return x }}; require(o.a)", "unproven require"),
    ("const o = {a: './a'}; o.a = x; require(o.a)", "require ./a; unproven require"),
    ("const o = {a: './a'}; o[x]++; require(o.a)", "require ./a; unproven require"),
    ("const o = {a: './a'}; [o.a] = x; require(o.a)", "require ./a; unproven require"),
    ("const o = {a: './a'}; ({b: o.a} = x); require(o.a)", "require ./a; unproven require"),
    ("const o = {a: './a'}; for (o.a of x) f(); require(o.a)", "require ./a; unproven require"),
    ("const o = {a: './a'}; delete o.a; require(o.a)", "require ./a; unproven require"),
    ("const o = {a: './a'}; f(o); require(o.a)", "require ./a; unproven require"),
    ("const o = {a: './a'}, p = {o}; require(o.a)", "require ./a; unproven require"),
    ("const o = {a: './a'}; module.exports = o; require(o.a)", "require ./a; unproven require"),
    ("const l = ['./a']; l.push(x); require(l[0])", "require ./a; unproven require"),
    ("for (const n of ['a', 'b']) require('./' + n)", "require ./a; require ./b"),
    ("for (var n of ['a', 'b']) require('./' + n)", "require ./a; require ./b"),
    ("for (let n of ['a']) { n = f(n); require(n) }", "require a; unproven require"),
    ("for (const [, n] of [['a', './b'], ['c', './d']]) require(n)", "require ./b; require ./d"),
    ("const l = ['a', 'b']; for (const n of l) require('./' + n)", "require ./a; require ./b"),
    ("for (const n of x) require(n)", "unproven require"),
    ("for (const n in {a: 1, b: 2}) require('./' + n)", "require ./a; require ./b"),
    ("const m = {a: 1}; m[x] = 2; for (const k in m) require('./' + k)",
     "require ./a; require pattern ./*"),
    ("const m = {a: './a', b: './b'}; Object.keys(m).forEach((k) => require(m[k]))",
     "require ./a; require ./b"),
    ("['a', 'b'].forEach((n) => require('./' + n))", "require ./a; require ./b"),
    ("const l = ['./a', './b']; l.map(function (n) { return require(n) })",
     "require ./a; require ./b"),
    ("['a'].reduce((n) => require(n)); x.forEach((n) => require(n))",
     "unproven require"),
    ("for (const n of [" + ",".join(f"'./{i}'" for i in range(20)) + "]) require(n)",
     "; ".join(f"require ./{i}" for i in range(20))),
]  # fmt: skip

SHADOWED = [
    ("function f(require) { require('a') }", ""),
    ("var f = require => require('a')", ""),
    ("define(function (require) { var a = require('./a') })", ""),
    ("var require = function (x) {}; require('a')", ""),
    ("function require(x) {} require('a')", ""),
    ("{ let require = f(); require('a') } require('b')", "require b"),
    ("({1: [function (require, module, exports) { require('./a') }, {}]})", ""),
    ("try {} catch (require) { require('a') }", ""),
    ("(function (require) { require('a') })(require)", "require a"),
    ("(function (r) { r('a') }(require))", "require a"),
    ("(function (r) { r('a') }).call(this, require)", "require a"),
    ("!function (r) { r('a') }(require)", "require a"),
    ("(r => { r('a') })(require)", "require a"),
    ("function f(r) { r('a') } f(require)", "require a"),
    ("(function (factory) { if (typeof module === 'object') { var v = factory(require, exports) }"
     " else define(['require', './b'], factory) })(function (require, exports) { require('./b') })",
     "require ./b"),
    ("if (typeof define !== 'function') { var define = require('amdefine')(module) }"
     " define(function (require) { require('./a') })", "require amdefine; require ./a"),
    ("var define = require('amdefine')(module); define(['./a', 'exports', './b'], (a) => a)",
     "require amdefine; require ./a; require ./b"),
    ("var define = require('amdefine')(module); define('name', ['./a'], function (a) {})",
     "require amdefine; require ./a"),
    ("function f() { var __dirname = x; return y(__dirname + '/a') }", ""),
]  # fmt: skip

RESOLVE = [
    ("require.resolve('a')", "require-resolve a"),
    ("require.resolve('a', 'may-exclude')", "require-resolve a optional"),
    ("require.resolve('a', {paths: [__dirname, __dirname + '/b']})",
     "require-resolve a paths=.,b"),
    ("require.resolve('a', {paths: [process.cwd()]})", "require-resolve a guarded"),
    ("require.resolve(x)", "unproven require"),
    ("require.resolve('./a/' + x)", "require-resolve pattern ./a/*"),
    ("require.resolve.paths('a')", ""),
    ("require(require.resolve('a'))", "require-resolve a"),
    ("import.meta.resolve('a')", "import-meta-resolve a"),
    ("import.meta.resolve(x)", "unproven import"),
]  # fmt: skip

LOCATED = [
    (PATH + "f(path.join(path.dirname(require.resolve('a/package.json')), 'x'))",
     "require-resolve a/package.json located"),
    ("f(require.resolve('a/package.json'))", "require-resolve a/package.json located"),
    ("require('a/package.json').version", "require a/package.json"),
    (PATH + "f(path.dirname(require.resolve('a')) + '/x')", "require-resolve a located"),
    (PATH + "const d = require.resolve('a'); g(d); f(path.resolve(d, '../x'))",
     "require-resolve a located"),
    (PATH + "const d = require.resolve('a'); g(d); f(path.basename(d))", "require-resolve a"),
    ("f(require.resolve('a').replace(/index.js$/, 'x'))", "require-resolve a located"),
    ("f(require.resolve('a'))", "require-resolve a"),
    ("import {dirname} from 'path'; import {fileURLToPath as u} from 'url';"
     "f(dirname(u(await import.meta.resolve('a'))))",
     "import path; import url; import-meta-resolve a located"),
    ("f(new URL('./x', import.meta.resolve('a')))", "import-meta-resolve a located"),
]  # fmt: skip

IMPORT = [
    ("import 'a'", "import a"),
    ("import a from 'a'; import * as b from 'b'; import {c as d} from 'c'",
     "import a; import b; import c"),
    ("import a from './a.json' with {type: 'json'}", "import ./a.json"),
    ("export * from 'a'; export {b} from 'b'; export * as c from 'c'",
     "import a; import b; import c"),
    ("export const a = 1; export default a; export {a as b}", ""),
    ("import('a')", "dynamic-import a"),
    ("import(`a`)", "dynamic-import a"),
    ("import(x)", "unproven import"),
    ("import('./lazy-' + x + '.js')", "dynamic-import pattern ./lazy-*.js"),
    ("await import('a')", "dynamic-import a"),
    ("import(/* webpackIgnore: true */ 'a')", "dynamic-import a"),
    ("import('data:text/javascript,' + x)", ""),
    ("import(new URL('./a.js', import.meta.url))", "dynamic-import ./a.js"),
    ("import(new URL('./a.js', import.meta.url).href)", "dynamic-import ./a.js"),
    ("import(`./a.js?once=${x}`)", "dynamic-import ./a.js"),
    ("import('./a/' + x + '.js?v=' + y)", "dynamic-import pattern ./a/*.js"),
    ("import(new URL(`./a/${x}.js?v=${y}`, import.meta.url))", "dynamic-import pattern ./a/*.js"),
    ("import(new URL('./a.js', import.meta.url).href + '?v=' + x)", "dynamic-import ./a.js"),
    ("import('#a/' + x)", "dynamic-import pattern #a/*"),
    ("require('./a/' + x + '.js?v=' + y)", "require pattern ./a/*.js?v=*"),
    ("import p from 'path'; import {pathToFileURL as u} from 'url';"
     "import(u(p.join(import.meta.dirname, '../a.js')))",
     "import path; import url; dynamic-import ../a.js"),
    ("const i = new Function('s', 'return import(s)'); i('a')", "dynamic-import a"),
    ("x.import('a'); ({import: 1})", ""),
]  # fmt: skip

CREATED = [
    ("import {createRequire} from 'module'; createRequire(import.meta.url)('x')",
     "import module; created-require x"),
    ("import {createRequire} from 'module'; createRequire(import.meta.url ?? __dirname)('./x')",
     "import module; created-require ./x"),
    ("import {createRequire as c} from 'node:module'; const require = c(import.meta.url);"
     " require('x'); require.resolve('y')",
     "import node:module; created-require x; require-resolve y"),
    ("import m from 'module'; function f() { let r = m.createRequire(import.meta.url); r('x') }",
     "import module; created-require x"),
    ("const {createRequire} = require('module'); createRequire(__filename)('x')",
     "require module; created-require x"),
    ("const r = require('module').createRequire(__dirname + '/sub/'); r('./x')",
     "require module; created-require ./x base=sub/"),
    ("import {createRequire} from 'module';"
     "const r = createRequire(new URL('../package.json', import.meta.url)); r('x')",
     "import module; created-require x base=../package.json"),
    ("const {createRequire} = require('module'); createRequire(process.cwd() + '/')('x')",
     "require module"),
    ("const {createRequire} = require('module'); createRequire(x)('x')",
     "require module; created-require x guarded"),
    ("const {createRequire} = require('module'); createRequire(x)('./x')",
     "require module; unproven require"),
    ("process.getBuiltinModule('module').createRequire(import.meta.url)('x')",
     "created-require x"),
    ("const r = require('module').createRequire(__dirname + '/'); r('./x')",
     "require module; created-require ./x base=./"),
    ("const M = require('module'); M._load(x)", "require module; unproven require"),
    ("module.constructor._load(x)", "unproven require"),
    ("module.constructor._load('./x', module)", "require ./x"),
    ("require('module')._load('./x', module.parent)", "require module; unproven require"),
    ("require('module')._resolveFilename('./x', module)", "require module; require ./x"),
    ("require.main.constructor._load('x')", "require x guarded"),
    ("module.parent.require('./x')", "unproven require"),
    ("module.parent && module.parent.require('x')", "require x guarded"),
    ("const r = module.parent.require; r('x')", "require x guarded"),
    ("module.parent.parent.require(x)", "unproven require"),
    ("module.children[0].require('./x')", "unproven require"),
    ("module.parent.filename; module.parent.exports.require2('x'); module.children.length", ""),
]  # fmt: skip

PATHS = [
    (PATH + "f(path.join(__dirname, 'a'))", "path a"),
    (PATH + "f(path.join(__dirname, 'a', '..', 'b', 'c'))", "path b/c"),
    (PATH + "f(path.resolve(__dirname, 'a', 'b'))", "path a/b"),
    (PATH + "f(path.resolve(__dirname, '/etc/a'))", ""),
    (PATH + "f(path.resolve('a')); f(path.join(process.cwd(), 'a'))", ""),
    (PATH + "path.join(__dirname, 'a')", "path a"),
    (PATH + "f(path.posix.join(__dirname, 'a')); f(path.win32.join(__dirname, 'b'))",
     "path a; path b"),
    (PATH + "f(path['join'](__dirname, 'a'))", "path a"),
    (PATH + "f(path.join(__dirname, ['a', 'b'].join(path.sep)))", "path a/b"),
    (PATH + "f(path.dirname(__filename) + '/a')", "path a"),
    (PATH + "f(path.join(__filename, '..', 'a'))", "path a"),
    (PATH + "f(path.join(__filename, '../../a'))", "path ../a"),
    (PATH + "f(path.dirname(path.join(__dirname, 'a', 'b.txt')))", "path a"),
    (PATH + "f(path.normalize(__dirname + '/a/../b'))", "path b"),
    ("const p = require('path'); f(p.join(__dirname, 'a'))", "path a"),
    ("const {join} = require('path'); f(join(__dirname, 'a'))", "path a"),
    ("const {posix: {join: j}} = require('path'); f(j(__dirname, 'a'))", "path a"),
    ("const join = require('node:path').join; f(join(__dirname, 'a'))", "path a"),
    ("import {join as j} from 'node:path'; f(j(import.meta.dirname, 'a'))", "path a"),
    ("import * as p from 'path'; f(p.join(import.meta.dirname, 'a'))", "path a"),
    ("import p from 'path'; f(p.default.join(import.meta.dirname, 'a'))", "path a"),
    ("var _p = _interopRequireDefault(require('path')); f((0, _p.default.join)(__dirname, 'a'))",
     "path a"),
    ("const p_1 = __importStar(require('path')); f((0, p_1.join)(__dirname, 'a'))", "path a"),
    ("function path() { const d = _interopRequireWildcard(require('path'));"
     " path = function () { return d }; return d } f(path().join(__dirname, 'a'))", "path a"),
    ("f(join(__dirname, 'a'))", "unproven path"),
    ("f(__dirname + '/a')", "path a"),
    ("f(`${__dirname}/a`)", "path a"),
    ("f(__dirname.concat('/a'))", "path a"),
    ("f(__dirname + '/../a/b')", "path ../a/b"),
    ("f('file://' + __dirname + '/a')", "path a"),
    ("f(__dirname + '/a' + '/' + x + '.json')", "path a/*.json"),
    ("f(__dirname + '/locale-' + x)", "path locale-*"),
    ("f(__dirname + '/' + x + '.json')", "path *.json; unproven path"),
    ("f(__dirname + '/' + x)", "unproven path"),
    ("f(__dirname + 'a')", "unproven path"),
    (PATH + "f(path.join(__dirname, 'locales', x + '.json'))", "path locales/*.json"),
    (PATH + "f(path.join(__dirname, x))", "unproven path"),
    (PATH + "f(path.join(__dirname, '..', 'locales', x))", "path ../locales/*"),
    (PATH + "f(path.join(__dirname, 'a', x, '..', 'b'))", "path a/*"),
    (PATH + "const r = path.join(__dirname, '..'); const v = path.join(r, 'views'); f(v)",
     "path ../views"),
    (PATH + "const r = path.join(__dirname, '..'); f(r)", "unproven path"),
    (PATH + "const r = path.join(__dirname, '..'); module.exports = { r }", "unproven path"),
    (PATH + "let r = __dirname; if (x) r = path.join(r, 'b'); f(r + '/a')", "path a; path b/a"),
    (PATH + "export const r = path.join(import.meta.dirname, 'a')", "path a"),
    ("export const r = import.meta.dirname", "unproven path"),
    ("const r = __dirname; export { r }", "unproven path"),
    ("const d = () => __dirname; f(d() + '/a')", "path a"),
    ("function d() { return __dirname } f(d() + '/a')", "path a"),
    ("function d(x) { return __dirname + x }", "unproven path"),
    ("function f(d = __dirname) { g(d + '/a') }", "path a"),
    ("(function (d) { g(d + '/a') })(__dirname)", "path a"),
    ("this.root = __dirname", "unproven path"),
    ("this.root = __dirname + '/a'", "path a"),
    ("f(__dirname)", "unproven path"),
    ("f(__filename)", "unproven path"),
    ("f(__filename + '.map')", "path <self>.map"),
    ("f(module.path + '/a', module.filename)", "path a; unproven path"),
    (PATH + "app.set('views', path.join(__dirname, 'views'))", "path views"),
    (PATH + "app.use(express.static(path.join(__dirname, 'public')))", "served public"),
    (PATH + "f(x ? path.join(__dirname, 'a') : path.join(__dirname, 'b'))", "path a; path b"),
    (PATH + "f(process.env.X || path.join(__dirname, 'a'))", "path a"),
    (PATH + "exec('node ' + path.join(__dirname, 'a.js') + ' --x')", "path a.js"),
    ("exec('cd ' + __dirname + ' && make')", "unproven path"),
    (PATH + "require(path.join(__dirname, 'a'))", "require ./a"),
    ("require(__dirname + '/../a')", "require ../a"),
    (PATH + "require(path.join(__dirname, x))", "require pattern ./*"),
    (PATH + "require(path.join(__dirname, 'models', x))", "require pattern ./models/*"),
    (PATH + "require(path.resolve(x))", "unproven require"),
    (PATH + "require(path.resolve(process.cwd(), x))", ""),
    ("const fs = require('fs'); fs.readdirSync(__dirname)", "path ."),
    ("const fs = require('fs'); fs.readFileSync(__filename)", "path <self>"),
    ("const fs = require('fs'); fs.existsSync(__dirname)", ""),
    ("const fs = require('fs'); const p = fs.realpathSync(__dirname); f(p + '/a')", "path a"),
    ("f(__dirname.replace('app.asar', 'app.asar.unpacked') + '/a')", "path a"),
    ("f(__dirname.split('/')[1])", "unproven path"),
    ("new URL('./a', import.meta.url)", "path a"),
    ("new URL('./a%20b.txt?c#d', import.meta.url)", "path a b.txt"),
    ("f(new URL('./a', import.meta.url).pathname)", "path a"),
    ("f(new URL('../a/?x#y', import.meta.url))", "path ../a/"),
    ("f(new URL('https://x.org/a'), new URL('/a', import.meta.url), new URL('a', x))", ""),
    ("const d = new URL('.', import.meta.url); f(new URL('a', d))", "path a"),
    ("import {fileURLToPath as u} from 'url'; f(u(new URL('./a', import.meta.url)))", "path a"),
    ("import {dirname} from 'path'; import {fileURLToPath} from 'url';"
     "const __dirname = dirname(fileURLToPath(import.meta.url)); f(__dirname + '/a')", "path a"),
    ("import u from 'url'; const __filename = u.fileURLToPath(import.meta.url);"
     "f(new URL('.', import.meta.url).pathname + 'a')", "path a"),
    ("f(import.meta.filename)", "unproven path"),
    ("f(import.meta)", "unproven path"),
    ("import.meta.env.X; import.meta.main", ""),
    ("require('bindings')('x')", "require bindings; unproven path"),
    ("require('app-root-path') + '/x'", "require app-root-path; unproven path entry"),
    (PATH + "module.exports = path.dirname(require.main.filename)", "unproven path entry"),
    (PATH + "exports.root = path.dirname(process.mainModule.filename)", "unproven path entry"),
    ("f(require.main.path)", "unproven path entry"),
    (PATH + "f(path.join(path.dirname(require.main.filename), 'a', b))", "path a/* entry"),
    (PATH + "f(path.join(require.main.path, '..', 'a'))", "path ../a entry"),
    (PATH + "f(path.resolve(process.argv[1], '../a.txt'))", "path a.txt entry"),
    ("const v = process.argv; f(v[1] + '/../a')", "path a entry"),
    ("import { argv } from 'node:process'; f(argv[1] + '.txt')",
     "import node:process; path <self>.txt entry"),
    ("fs.readdirSync(require.main.path)", "unproven path entry"),
    ("require('node-gyp-build')(__dirname)", "require node-gyp-build; unproven path"),
    ("process.dlopen(module, __dirname + '/a.node')", "path a.node"),
]  # fmt: skip

# Helpers that are called several times, however they are written.
_TWICE = "r(path.join(__dirname, 'a/1.txt')); r(path.join(__dirname, 'b/2.txt'))"
_READ = "fs.readFileSync(p)"
PATHS += [
    (f"{PATH} const fs = require('fs'); {source}", "path a/1.txt; path b/2.txt")
    for source in (
        f"const r = (p) => {_READ}; {_TWICE}",
        f"const r = async p => {{ const t = await {_READ}; return t }}; {_TWICE}",
        f"const r = function (p) {{ return {_READ} }}; {_TWICE}",
        f"let r; r = (p) => {_READ}; {_TWICE}",
        f"const r = (p) => {{ const q = path.normalize(p); fs.readFileSync(q) }}; {_TWICE}",
        f"const r = (...p) => fs.readFileSync(...p); {_TWICE}",
        f"const r = function () {{ fs.readFileSync(arguments[0]) }}; {_TWICE}",
        f"const r = (o, p) => {_READ}; {_TWICE.replace('r(', 'r(1, ')}",
        f"const m = (f) => (p) => f(p); const r = m((p) => {_READ}); {_TWICE}",
        f"const io = {{ r(p) {{ return {_READ} }} }}; {_TWICE.replace('r(p', 'io.r(p')}",
        f"const io = {{ r: (p) => {_READ} }}; {_TWICE.replace('r(p', 'io.r(p')}",
        f"class IO {{ static r(p) {{ return {_READ} }} }}; {_TWICE.replace('r(p', 'IO.r(p')}",
        f"class IO {{ r(p) {{ return {_READ} }} }}; {_TWICE.replace('r(p', 'new IO().r(p')}",
        f"class IO {{ r = (p) => {_READ} }}; {_TWICE.replace('r(p', 'new IO().r(p')}",
        "const r = (u) => fs.readFileSync(u);"
        " r(new URL('./a/1.txt', import.meta.url)); r(new URL('./b/2.txt', import.meta.url))",
        "const r = (p, e) => fs.readFileSync(p + '.txt');"
        " r(path.join(__dirname, 'a/1')); r(path.join(__dirname, 'b/2'))",
    )
]
PATHS += [
    (
        f"{PATH} const run = (p) => new (require('worker_threads').Worker)(p);"
        " run(path.join(__dirname, 'a.js')); run(path.join(__dirname, 'b.js'))",
        "worker a.js; worker b.js; unproven worker",
    ),
    (
        f"{PATH} const l = (d, n) => f(path.join(d, n));"
        " l(path.join(__dirname, 'x'), 'a'); l(path.join(__dirname, 'y'), 'b')",
        "path x/*; path y/*",
    ),
]

HARMLESS = [
    PATH + "f(path.relative(x, __filename), path.basename(__filename), path.extname(__filename))",
    "console.log(__filename, __dirname)",
    "import {pathToFileURL} from 'url'; if (import.meta.url === pathToFileURL(x).href) f()",
    "f(require.main.filename)",
    "f(process.argv[1]); process.argv[1] = x; f(x.argv[1])",
    "if (import.meta.url === 'file://' + process.argv[1]) f()",
    "if (require.main.filename === __filename || process.mainModule !== module) f()",
    "throw new Error('in ' + __filename)",
    "const debug = require('debug'); debug(__filename)",
    "if (x === __filename || !__dirname) f()",
    "const {createRequire} = require('module'); createRequire(import.meta.url)",
    PATH + "const r = path.join(__dirname, '..');",
    "if (__filename.endsWith('x')) f()",
    "const o = {__dirname: 1, x: o.__filename}",
]

RUN = [
    ("const {Worker} = require('worker_threads'); new Worker('./w.js')", "worker cwd ./w.js"),
    ("const {Worker: W} = require('worker_threads'); new W('./w.js')", "worker cwd ./w.js"),
    ("const t = require('worker_threads'); new t.Worker('./w.js')", "worker cwd ./w.js"),
    ("const {Worker} = require('worker_threads'); new Worker(__dirname + '/w.js')",
     "worker w.js"),
    ("const {Worker} = require('worker_threads'); new Worker(__filename)", "worker <self>"),
    ("const {Worker} = require('worker_threads'); new Worker(x)", "unproven worker"),
    ("const {Worker} = require('worker_threads'); new Worker(x, {eval: true})", ""),
    ("const {Worker} = require('worker_threads'); new Worker(x, {eval: false})",
     "unproven worker"),
    ("const {Worker} = require('worker_threads'); new Worker(require.resolve('./w'))",
     "require-resolve ./w"),
    ("import {Worker as W} from 'worker_threads'; new W(new URL('./w.js', import.meta.url))",
     "import worker_threads; worker w.js"),
    ("import {Worker} from 'worker_threads'; const u = new URL('./w.js', import.meta.url);"
     "function f() { return new Worker(u) }", "import worker_threads; worker w.js"),
    ("import {Worker} from 'worker_threads'; new Worker(new URL('data:text/javascript,'))",
     "import worker_threads"),
    ("new Worker('./w.js')", ""),
    ("new Worker(new URL('./w.js', import.meta.url))", "path w.js"),
    ("class Worker {} new Worker('./w.js'); require('worker_threads')", ""),
    ("const {fork} = require('child_process'); fork('./x.js')", "fork cwd ./x.js"),
    ("require('child_process').fork(__dirname + '/x.js')", "fork x.js"),
    ("import * as cp from 'child_process'; cp.fork(x)", "import child_process; unproven fork"),
    ("const {fork: f} = require('node:child_process'); f(__filename)",
     "require node:child_process; fork <self>"),
    ("fork('./x.js'); x.fork(y)", ""),
    ("const cp = require('child_process'); cp.spawn(process.execPath, [__dirname + '/x.js'])",
     "fork x.js"),
    ("const c = require('cluster'); c.setupPrimary({exec: __dirname + '/x.js', args: []})",
     "require cluster; fork x.js"),
]  # fmt: skip

GUARDED = [
    ("const b = typeof Bun !== 'undefined'; if (b) require('x')", "require x guarded"),
    ("const b = typeof Bun !== 'undefined'; b ? require('x') : 1", "require x guarded"),
    ("const b = !!process.versions.bun, c = b ? 1 : 2; if (c === 1) require('x')",
     "require x guarded"),
    ("const { w } = { w: process.platform === 'win32' }; w && require('x')", "require x guarded"),
    ("const has = (n) => require.resolve(n); if (has('x')) require('x')",
     "unproven require; require x guarded"),
    ("const p = process.env.NODE_ENV === 'production'; if (p) require('x')", "require x"),
    ("const a = b, b = a; if (a) require('x')", "require x"),
    ("try { require('a') } catch {}", "require a guarded"),
    ("try { require('a') } finally {}", "require a"),
    ("try { x() } catch (e) { require('a') }", "require a"),
    ("try { m = require('./a') } catch { m = require('./b') } finally { require('c') }",
     "require ./a guarded; require ./b guarded; require c"),
    ("try { } catch { try { require('a') } catch {} }", "require a guarded"),
    ("try { function f() { require('a') } } catch {}", "require a"),
    ("try { x.map(() => require('a')) } catch {}", "require a guarded"),
    ("try { require(x) } catch {}", "unproven require guarded"),
    ("import('a').catch(f)", "dynamic-import a guarded"),
    ("import('a').then(f).catch(f)", "dynamic-import a guarded"),
    ("import('a').then(f, g)", "dynamic-import a guarded"),
    ("import('a').then(f)", "dynamic-import a"),
    ("async () => { try { await import('a') } catch {} }", "dynamic-import a guarded"),
    ("if (x) require('a')", "require a"),
    ("if (process.platform === 'darwin') require('a')", "require a guarded"),
    ("process.platform === 'win32' && require('a')", "require a guarded"),
    ("x = process.platform === 'win32' ? require('a') : require('b')",
     "require a guarded; require b guarded"),
    ("switch (process.platform) { case 'x': require('a') }", "require a guarded"),
    ("if (process.env.NEW_RELIC) require('a')", "require a guarded"),
    ("if (process.env.NODE_ENV === 'production') require('a'); else require('b')",
     "require a; require b"),
    ("if (typeof Promise === 'undefined') require('a')", "require a guarded"),
    ("if (typeof module !== 'undefined') require('a')", "require a"),
]  # fmt: skip


def _ids(rows: list[tuple[str, str]]) -> list[str]:
    return [source for source, _ in rows]


@pytest.mark.parametrize(
    ("source", "expected"),
    REQUIRE + CONTAINED + SHADOWED + RESOLVE + LOCATED + IMPORT + CREATED + RUN + GUARDED,
    ids=_ids(REQUIRE + CONTAINED + SHADOWED + RESOLVE + LOCATED + IMPORT + CREATED + RUN + GUARDED),
)
def test_requests(source: str, expected: str) -> None:
    wanted = {line for line in expected.split("; ") if line}
    found = set(scanned(source))
    assert found - GIVEN == wanted - GIVEN


@pytest.mark.parametrize(("source", "expected"), PATHS, ids=_ids(PATHS))
def test_paths(source: str, expected: str) -> None:
    given = GIVEN | {"require node:path", "import path", "import node:path", "import url"}
    assert set(scanned(source)) - given == {line for line in expected.split("; ") if line}


def test_what_an_object_holds_is_found_in_a_long_file() -> None:
    """The object, and the code that changes it, are in bodies without a seed."""
    names = [f"name{i}" for i in range(20)]
    table = "const table = {\n" + "".join(f"  {n}: './{n}',\n" for n in names) + "}\n"
    filler = "function filler(a) { const b = [a, a, a]; return b.map((c) => c + a) }\n" * 40
    source = table + filler + "require(table[x])\n"
    assert set(scanned(source)) == {f"require ./{name}" for name in names}
    changing = "function change(value) { const longer = value + value; table[value] = longer }\n"
    assert "unproven require" in scanned(source + filler + changing)


@pytest.mark.parametrize("source", HARMLESS)
def test_harmless(source: str) -> None:
    assert not [line for line in scanned(source) if not line.startswith(("require ", "import "))]


@pytest.mark.parametrize(
    ("source", "expected"),
    REQUIRE + CONTAINED + SHADOWED + RESOLVE + LOCATED + CREATED + RUN + GUARDED + PATHS,
)
def test_nothing_is_lost_in_a_long_file(source: str, expected: str) -> None:
    """The same references when most of the file is left out before parsing."""
    filler = (
        "\nfunction filler(a, b) { const name = a / b; return `${name} '` + /['\"{]/.source }\n"
    )
    nested = "\n{\n" + filler * 30 + source.removeprefix("\ufeff") + "\n" + filler * 30 + "}\n"
    if source.startswith(("import ", "export ", "#!", "\ufeff")) or "export " in source:
        nested = source.removeprefix("\ufeff") + "\n" + filler * 60
    assert set(scanned(nested)) == set(scanned(source))
    assert len(nested) > 4000


UNCONDITIONAL = [
    "require('a')",
    "import 'a'",
    "export * from 'a'",
    "await import('a')",
    "try { require('a') } catch {}",
    "{ const { b } = require('a') }",
    "(function () { require('a') })()",
    "(function () { require('a') }).call(this)",
    "(() => { require('a') })()",
    "(function (f) { f(require) })(function (require) { require('a') })",
    "if (require('a')) b()",
    "require('a') && b",
    "require('a') ? b : c",
    "for (const b of [1]) ; require('a')",
]
CONDITIONAL = [
    "if (b) require('a')",
    "if (b) ; else require('a')",
    "if (b) { c(); d = require('a') }",
    "b ? require('a') : c",
    "b && require('a')",
    "b || require('a')",
    "b ?? require('a')",
    "switch (b) { case 1: require('a') }",
    "for (const b of c) require('a')",
    "while (b) require('a')",
    "try { b() } catch { require('a') }",
    "function f() { require('a') }",
    "const f = () => require('a')",
    "const f = (b = require('a')) => b",
    "class A { m() { require('a') } }",
    "b.on('c', () => require('a'))",
    "function f() { return import('a') }",
    "function f() { return require.resolve('a') }",
    "let b = 'a'; if (c) b = 'd'; require(b)",
]


@pytest.mark.parametrize("source", UNCONDITIONAL + CONDITIONAL)
def test_what_may_never_run_is_conditional(source: str) -> None:
    references = find_references(source.encode(), module=None).modules
    found = {item.conditional for item in references if item.specifier == "a"}
    assert found == {source in CONDITIONAL}

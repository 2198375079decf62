"""Where code uses the text of functions."""

from __future__ import annotations

import pytest

from sealift.project.scan import own_function_texts, taken_function_texts

OWN = [
    "function run() {}\nsend(run.toString());",
    "const run = (a) => a;\nsend(`(${run})(1)`);",
    "const run = async function () {};\nsend('(' + run + ')()');",
    "const run = (a) => a;\nsend('' + run);",
    "function run() {}\nsend(String(run));",
    "function run() {}\nsend(Function.prototype.toString.call(run));",
    "class Page {}\nsend(`${Page}`);",
    "const page = { run() {} };\nsend(page.run.toString());",
    "import { run } from './run.js';\nsend(`(${run})()`);",
    "const { run } = require('./run');\nsend(`(${run.toString()})()`);",
    "module.exports = (run) =>\n new Worker(`(${run})()`, { eval: true });",
]
NOT_OWN = [
    "const name = 'x'; function show() { return `${name}` + name + String(name); }",
    "function run() {} run(); `${run()}`; 'a' + run();",
    "function run() {} { const run = 1; `${run}`; }",
    "import { run } from 'package'; send(`(${run})()`);",
    "function name() {} x.name.toString(); `(${a})(${b})`",
    "const x = 1; x.toString(); new RegExp(`(${x})(a)`);",
]
TAKEN = [
    r"fn.toString().match(/\(([^)]*)\)/)",
    r"fn.toString().replace(COMMENTS, '').match(/^function\s*[^\(]*\(\s*([^\)]*)\)/m)",
    "const PARAMETERS = /^[^(]*\\(\\s*([^)]*)\\)/m;\nfn.toString().match(PARAMETERS)",
    r"/function\s*\w*\s*\((.*?)\)/.exec(Function.prototype.toString.call(fn))",
    "const text = fn.toString();\nconst x = text.slice(text.indexOf('(') + 1, text.indexOf(')'));",
    "const text = Function.prototype.toString;\nconst t = text.call(f);\nt.slice(t.indexOf('('))",
    "const text = fn.toString().replace(COMMENTS, '');\nif (text.startsWith('=>', at)) f();",
    "run = (fn) => new Worker(`(${fn})()`)",
    "eval('(' + fn.toString() + ')()')",
]
NOT_TAKEN = [
    r"css.toString().match(/url\(([^)]*)\)/)",
    r"buffer.toString().split('\n'); x.toString().match(/\d+/)",
    "function fn() {} new Worker(`(${fn})()`)",
    "const text = Function.prototype.toString; isNative(text.call(f))",
    "const color = value.toString(); const at = color.indexOf('(');",
    "new RegExp(`(${a})(${b})`); '(' + a + ')('",
    "const text = x.toString(); text.match(WORDS); const WORDS = /\\w+/;",
]


@pytest.mark.parametrize("source", OWN)
def test_own_functions(source: str) -> None:
    assert [use.line for use in own_function_texts(source.encode())] == [2]


@pytest.mark.parametrize("source", NOT_OWN)
def test_other_texts(source: str) -> None:
    assert own_function_texts(source.encode()) == ()


@pytest.mark.parametrize("source", TAKEN)
def test_functions_that_are_passed(source: str) -> None:
    assert len(taken_function_texts(source.encode())) == 1


@pytest.mark.parametrize("source", NOT_TAKEN)
def test_texts_that_are_no_functions(source: str) -> None:
    assert taken_function_texts(source.encode()) == ()


@pytest.mark.parametrize("piece", [b"a", b"a.", b"a(", b"toString()", b"${a}", b"(${a})(", b"/\\("])
def test_large_files_take_little_time(piece: bytes) -> None:
    source = piece * ((1 << 18) // len(piece))
    own_function_texts(source)
    taken_function_texts(source)

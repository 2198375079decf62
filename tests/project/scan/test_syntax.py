"""Which files are ES modules by their syntax, lines, and what cannot be parsed."""

from __future__ import annotations

import pytest

from sealift.project.roles import may_have_module_syntax
from sealift.project.scan import find_references, has_module_syntax

IS_MODULE = [
    ("import 'a'", True),
    ("export {}", True),
    ("export default 1", True),
    ("f(import.meta.url)", True),
    ("import('a')", False),
    ("require('a')", False),
    ("'import a from b'; // export", False),
    ("await f()", True),
    ("if (x) { await f() }", True),
    ("for await (const x of y) f(x)", True),
    ("const x = await import('a')", True),
    ("async function f() { await g() }", False),
    ("f(async () => await g())", False),
    ("class A { async f() { await g() } }", False),
    ("const require = f()", True),
    ("const require = f(); require('a')", True),
    ("let __dirname = f(import('a'))", True),
    ("var __dirname = f(__dirname)", False),
    ("{ const require = f(); require('a') }", False),
    ("const exports = 1", True),
    ("let a = 1, { module } = f()", True),
    ("const f = () => { let module = 1; return module }", False),
    ("const x = 1; module.exports = x", False),
    ("var a=1;export{a as default}", True),
    ("/* a */ import a from 'b'", True),
    ("() => { return import /* a */ . meta }", True),
    ("f(`${import.meta.url}`)", True),
    ("f(`export {}`, /import a/, 'export default') // import.meta", False),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), IS_MODULE)
@pytest.mark.parametrize("long", [False, True], ids=["short", "long"])
def test_module_syntax(source: str, expected: bool, long: bool) -> None:
    filler = "\nasync function filler(a) { for (const b of a) { await b } return a / 2 }" * 40
    text = source + filler if long else source
    assert find_references(text.encode(), module=None).module_syntax is expected
    assert has_module_syntax(text.encode()) is expected


@pytest.mark.parametrize(
    "source",
    [
        *("import a from 'b'", "import'b'", "import*as a from 'b'", "import{a}from'b'"),
        *("import/**/a from 'b'", "import\n\na from 'b'", "import \u00e4 from 'b'"),
        *("import \\u0061 from 'b'", "import.meta.url", "  export{a};var a", "export*from'b'"),
        *("export default 1", "export//\n{}", "export\n\nconst a = 1", "export \\u0061sync"),
    ],
)
def test_a_line_with_a_statement_of_a_module(source: str) -> None:
    assert may_have_module_syntax(f"'use strict'\n{source}\n".encode())


@pytest.mark.parametrize(
    "source",
    [
        *("a = {\n  export: 1,\n  import: 2,\n}", "import('b')", "a(\n  import ('b'))"),
        *("exports.a = 1", "important()", "a.\nexport = 1", "// import a from 'b'"),
    ],
)
def test_no_line_with_a_statement_of_a_module(source: str) -> None:
    assert not has_module_syntax(source.encode())
    assert not may_have_module_syntax(source.encode())


def test_lines_are_counted_from_one_in_long_files_too() -> None:
    body = "function f(a) {\n  // a comment\n  return `\n${a}\n`\n}\n"
    source = body * 50 + "require('a')\n" + body * 50 + "f(__dirname)\nimport(\nx)"
    findings = find_references(source.encode(), module=False)
    assert [r.line for r in findings.modules] == [301]
    assert [(u.kind, u.line) for u in findings.unproven] == [("path", 602), ("import", 603)]


def test_what_is_short() -> None:
    findings = find_references(b"require(\n  x +\n  y" + b" + zzzzzzzzzz" * 20 + b")", module=False)
    (unproven,) = findings.unproven
    assert unproven.what.startswith("require( x + y + zzzz")
    assert len(unproven.what) == 80


def test_a_broken_file_still_tells_what_can_be_read() -> None:
    findings = find_references(b"require('a')\nx = = 2;\nfunction f( { require('b')", module=False)
    assert [r.specifier for r in findings.modules] == ["a", "b"]
    assert findings.problems[0].line == 2
    assert findings.problems[0].column == 5


def test_a_file_without_words_is_not_parsed() -> None:
    assert find_references(b"x = = 2", module=False) == find_references(b"", module=None)


def test_the_words_may_stand_anywhere_but_in_code() -> None:
    source = b"/* require('a') */ const a = /require('b')/, c = 'require(\"d\")', e = `import('f')`"
    assert find_references(source, module=False) == find_references(b"", module=False)


NEWER = [
    ("import defer * as a from 'b'", ["b"]),
    ("import source a from 'b'; import defer from 'c'; import source from 'd'", ["b", "c", "d"]),
    ("import.defer('a'); import.source('b')", ["a", "b"]),
    ("import a from './b.json' assert { type: 'json' }; import 'c' assert\n{}", ["./b.json", "c"]),
    ("export * from 'a' with {\n type: 'json' };"
     "export * as a from 'a' assert {}; export { assert } from 'b'",
     ["a", "a", "b"]),
    ("import 'a'; class A {\n  #b\n  [c] = null\n}", ["a"]),
    ("import 'a'; class A {\n  static b\n  *c() { import('d') }\n}", ["a", "d"]),
    ("import 'a'; class A {\n  'b'\n  ['c']() { import('d') }\n  e\n\n  [f] = 1 }", ["a", "d"]),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), NEWER)
def test_syntax_that_the_grammar_does_not_know(source: str, expected: list[str]) -> None:
    findings = find_references(source.encode(), module=True)
    assert findings.problems == ()
    assert [request.specifier for request in findings.modules] == expected


def test_lines_are_kept_where_syntax_is_rewritten() -> None:
    source = "class A {\n  #b\n  [c] = null\n}\nimport defer\n * as d from 'e'\nimport\n('f')"
    findings = find_references(source.encode(), module=True)
    assert [(r.specifier, r.line) for r in findings.modules] == [("e", 5), ("f", 7)]


def test_what_is_broken_stays_broken() -> None:
    findings = find_references(b"import defer * as a from 'b'\nx = = 2", module=True)
    assert [r.specifier for r in findings.modules] == ["b"]
    assert [problem.line for problem in findings.problems] == [2]

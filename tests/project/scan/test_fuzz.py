"""For any bytes, the scanner ends, raises nothing, and gives the same result twice."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealift.project.scan import find_references
from sealift.project.scan.prune import BodyIndex
from sealift.project.scan.seeds import await_positions, seed_positions
from sealift.project.scanning import read_references

from .scan_notation import scanned

_WORDS = r"""
require import export __dirname __filename module path join const let var function class return if
else try catch finally for of in new Worker fork URL await async typeof => ( ) [ ] { } . , ; : ?
?. ... = + - * / ! && || ?? === ' " ` ${ // /* */ \ a b 'a' './x' `y` import.meta.url require('a')
=>{ /re/ 1 0x createRequire 'module' from default # @ < > é
"""
TOKENS = [*_WORDS.split(), "\n", "\0"]

BODY = b"function f() { return 1 / 2 /* a long enough body to leave out */ }\n"

SOUP = st.lists(st.sampled_from(TOKENS), max_size=60).flatmap(
    lambda tokens: st.sampled_from([" ".join(tokens), "".join(tokens)])
)


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=300), module=st.sampled_from([None, True, False]))
def test_any_bytes(data: bytes, module: bool | None) -> None:
    source = b"require('a');" + data
    assert find_references(source, module=module) == find_references(source, module=module)


@settings(max_examples=500, deadline=None)
@given(text=SOUP, module=st.sampled_from([None, True, False]))
def test_any_tokens(text: str, module: bool | None) -> None:
    source = text.encode()
    assert find_references(source, module=module) == find_references(source, module=module)
    long = source + b"\n" + BODY * 20
    assert find_references(long, module=module) == find_references(long, module=module)


@settings(max_examples=300, deadline=None)
@given(text=SOUP)
def test_a_pruned_source_keeps_lines_and_seeds(text: str) -> None:
    source = text.encode()
    words = seed_positions(source, None)
    structure = BodyIndex.of(source, await_positions(source))
    if structure is not None:
        short = structure.prune(words)
        assert short.text.count(b"\n") == source.count(b"\n")
        assert not any(short.leaves_out(word) for word in words if not _in_comment(source, word))


def _in_comment(source: bytes, position: int) -> bool:
    return b"//" in source[:position] or b"/*" in source[:position]


@pytest.mark.parametrize(
    "source",
    [
        "require(" * 20000 + "'a'" + ")" * 20000,
        "[" * 30000 + "require('a')" + "]" * 30000,
        "{" * 30000 + "require('a')" + "}" * 30000,
        "x => " * 20000 + "require('a')",
        "require('a' + " + "'b' + " * 20000 + "'c')",
        "__dirname + '/a'" + " + '/b'" * 20000,
        "f(" + "__dirname + " * 3000 + "'a')",
        "`${" * 5000 + "require('a')" + "}`" * 5000,
        "if (a) b; else " * 5000 + "require('a')",
        "require('" + "a" * 3_000_000 + "')",
        "const a0 = __dirname;" + "".join(f"const a{i + 1} = a{i};" for i in range(3000)),
        "let a = __dirname;" + "a = a + '/x';" * 3000 + "f(a)",
        "const e = __dirname;" + "e.x(e);" * 20000,
        "function f(a) { return f(a) } f(require); f(f(require))",
        "var a = b, b = a; require(a)",
        "function a() { return b() } function b() { return a() } require(a())",
        "/" * 100_000 + "\nrequire('a')",
        "'" + "\\'" * 100_000 + "'; require('a')",
        "a = " + "/[/]/ + " * 20000 + "require('a')",
        "require('a');" * 5000,
    ],
    ids=range(20),
)
def test_extremes_end_soon(source: str) -> None:
    began = time.process_time()
    find_references(source.encode(), module=None)
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    "source",
    [
        "const r = require('" + "import-" * 100_000 + "x\n",
        "require('import-" * 2_000,
        "import { a } from 'resolve'; const b = " + "a." * 200_000 + "c",
        "register(" * 100_000 + "import.meta.url",
        "Module._resolveFilename" + " " * 500_000 + "x",
        "require.extensions" + " " * 500_000 + "x",
        "const { " + "a, " * 100_000 + "} = require('resolve');",
        "app.use(express.static(" + "'public' + " * 50_000 + "x))",
        "swaggerJsdoc({ apis: [" + "'./*.js', " * 20_000 + "] })",
    ],
    ids=range(9),
)
def test_extremes_of_what_is_found_in_the_text_end_soon(source: str) -> None:
    began = time.process_time()
    read_references(source.encode(), module=None, of_app=True, checked=False)
    assert time.process_time() - began < 20


def test_deep_nesting_is_reported() -> None:
    source = "[" * 30000 + "require('a')" + "]" * 30000
    findings = find_references(source.encode(), module=None)
    assert [problem.message for problem in findings.problems] == ["nested too deeply"]


def test_a_file_that_is_too_intricate_is_reported() -> None:
    names = [f"a{i}" for i in range(14)]
    pairs = "".join(f"{a} = {b} + {a};" for a in names for b in names)
    source = "let " + ",".join(names) + ";" + pairs + "a0 = __dirname; require(a1)"
    findings = find_references(source.encode(), module=None)
    assert [problem.message for problem in findings.problems] == ["too intricate to be analysed"]
    assert {unproven.kind for unproven in findings.unproven} >= {"require", "import", "path"}


@pytest.mark.parametrize("source", ["require(a(" * 40_000, "x = [" + "require(a, " * 40_000])
def test_much_that_cannot_be_parsed_is_given_up(source: str) -> None:
    findings = find_references(source.encode(), module=None)
    assert "too intricate to be analysed" in {problem.message for problem in findings.problems}
    assert {unproven.kind for unproven in findings.unproven} >= {"require", "import", "path"}


def test_a_long_chain_of_names_is_evaluated() -> None:
    names = "".join(f"const a{i + 1} = a{i};" for i in range(30))
    assert scanned("const a0 = './x';" + names + "require(a30)") == ["require ./x"]


def test_a_path_is_traced_through_thousands_of_names() -> None:
    names = "".join(f"const a{i + 1} = a{i};" for i in range(3000))
    assert scanned("const a0 = __dirname;" + names + "f(a3000 + '/x')") == ["path x"]


def test_a_large_bundle_takes_time_in_proportion() -> None:
    """Hundreds of names that lead to paths in megabytes of source, as esbuild writes them."""
    filler = "function filler(a) {\n  const b = [a, a / 2, a];\n  return b.map((c) => c + a);\n}\n"
    modules = [
        f'var import_path{i} = __toESM(require("path"));\n'
        f"let directory{i} = import_path{i}.join(__dirname, 'd{i}');\n"
        f"function use{i}(name) {{\n  const longer = name + '.json';\n"
        f"  return read(import_path{i}.join(directory{i}, longer));\n}}\n" + filler * 50
        for i in range(400)
    ]
    source = "".join(modules)
    assert len(source) > 1_500_000
    began = time.process_time()
    found = set(scanned(source))
    assert time.process_time() - began < 5
    assert found >= {f"path d{i}/*.json" for i in range(400)}
    assert not {line for line in found if line.startswith("unproven")}

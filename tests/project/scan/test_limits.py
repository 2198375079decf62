"""Deep, long and doubling sources: explicit limits hold, and work is counted in steps."""

from __future__ import annotations

import re

import pytest

from sealift.project.scan import find_references
from sealift.project.scan.analysis import MAX_STEPS, FileAnalysis
from sealift.project.scan.regex_literals import RegexLiterals
from sealift.project.scan.scanner import analyse
from sealift.project.scan.texts import MAX_LENGTH, MAX_PARTS, concat_all
from sealift.project.scan.values import UNKNOWN, Base, Text, constant

from .scan_notation import scanned

DEEP = 5000


def wrapped(opening: str, closing: str, depth: int, inner: str = "require('a')") -> str:
    return opening * depth + inner + closing * depth


NESTED = {
    "parentheses": ("(", ")"),
    "calls": ("f(", ")"),
    "arrays": ("[", "]"),
    "objects": ("({a:", "})"),
    "templates": ("`${", "}`"),
    "conditions": ("x ? y : ", ""),
    "operators": ("!", ""),
    "arrow functions": ("x => ", ""),
    "sums": ("'a' + (", ")"),
    "sequences": ("(0, ", ")"),
    "logic": ("a && (", ")"),
    "joins": ("path.join(", ")"),
    "blocks": ("{", "}"),
    "functions": ("function f(){", "}"),
    "called functions": ("(function(){", "})()"),
    "try": ("try {", "} catch {}"),
    "classes": ("class A { m() {", "}}"),
    "await": ("await ", ""),
    "members": ("a[", "]"),
    "assignments": ("a = ", ""),
}


@pytest.mark.parametrize("kind", NESTED)
def test_thousands_of_levels_are_reported(kind: str) -> None:
    source = wrapped(*NESTED[kind], DEEP).encode()
    for data in (source, source + b"\n" + b"function f() { return 1 }\n" * 100):
        found = find_references(data, module=None)
        assert [problem.message for problem in found.problems][:1] == ["nested too deeply"]


@pytest.mark.parametrize("kind", NESTED)
@pytest.mark.parametrize("depth", [90, 400])
@pytest.mark.parametrize("inner", ["require('a')", "f(__dirname + '/a')", "require"])
def test_hundreds_of_levels_are_read(kind: str, depth: int, inner: str) -> None:
    """Neither the interpreter's limit nor the work is exceeded."""
    analysis = _analysis("const path = require('path');" + wrapped(*NESTED[kind], depth, inner))
    assert not analysis.exhausted
    assert analysis.steps < 100 * depth


@pytest.mark.parametrize("depth", [50, 1800])
def test_a_chain_of_assignments_is_traced_through(depth: int) -> None:
    names = [f"a{i}" for i in range(depth)]
    source = f"let {', '.join(names)}; {' = '.join(names)} = __dirname; f(a0 + '/x')"
    assert "path x" in scanned(source)


@pytest.mark.parametrize("parentheses", [0, 50])
def test_names_that_lead_to_names_in_deep_expressions(parentheses: int) -> None:
    opening, closing = "(" * parentheses, ")" * parentheses
    names = "".join(f"const a{i} = {opening}a{i + 1}{closing};" for i in range(300))
    analysis = _analysis(names + "const a300 = './x'; require(a0)")
    assert [unproven.kind for unproven in analysis.references.result().unproven] == ["require"]
    assert analysis.steps < 2000


def test_values_that_double_with_every_name_are_cut() -> None:
    names = "".join(f"const a{i + 1} = a{i} + a{i};" for i in range(20))
    (pattern,) = find_references(
        f"const a0 = './aaaaaaa';{names}require(a20)".encode(), module=None
    ).patterns
    assert pattern.parts == (("./aaaaaaa" * MAX_LENGTH)[:MAX_LENGTH], "")


def test_paths_that_grow_with_every_name_are_cut() -> None:
    names = "".join(f"const a{i + 1} = a{i} + '{'b' * 40}';" for i in range(3000))
    analysis = _analysis(f"const a0 = __dirname + '/';{names}f(a3000)")
    (file,) = analysis.references.result().files
    assert sum(map(len, file.parts)) <= MAX_LENGTH
    assert analysis.steps < 15 * 3000


@pytest.mark.parametrize("calls", [20, 200, 2000])
@pytest.mark.parametrize("helper", ["r = (p) => f(p + '.txt')", "r = (p) => { let q = p; f(q) }"])
def test_the_work_for_a_helper_grows_with_its_calls_only(helper: str, calls: int) -> None:
    reads = "".join(f"r(__dirname + '/{i}');" for i in range(calls))
    analysis = _analysis(f"const {helper};{reads}")
    names = {file.parts[0].removesuffix(".txt") for file in analysis.references.result().files}
    assert names == {str(i) for i in range(calls)}
    assert analysis.steps < 30 * calls + 2000


def test_a_helper_that_calls_itself_ends() -> None:
    find = "const find = (d) => d || find(path.join(d, '..'));"
    analysis = _analysis("const path = require('path');" + find + "find(__dirname)")
    assert {item.kind for item in analysis.references.result().unproven} == {"path"}
    assert analysis.steps < 200


@pytest.mark.parametrize("sum_of_two", ["a{0} + a{0}", "`${{a{0}}}${{a{0}}}`", "x ? a{0} : 'b'"])
def test_work_that_doubles_with_every_name_is_bounded(sum_of_two: str) -> None:
    names = "".join(f"const a{i + 1} = {sum_of_two.format(i)};" for i in range(200))
    analysis = _analysis(f"const a0 = './a';{names}require(a200)")
    assert analysis.steps <= MAX_STEPS + 1000


def test_the_parts_of_a_long_sum_are_cut_with_an_unknown_end() -> None:
    (text,) = concat_all([(constant("a"),), (UNKNOWN,)] * 500)
    assert isinstance(text, Text)
    assert len(text.parts) == MAX_PARTS
    assert text.parts[-1] == ""
    assert text.base is Base.NONE


def test_a_long_literal_is_kept() -> None:
    name = "a" * (MAX_LENGTH * 3)
    assert scanned(f"require('{name}')") == [f"require {name}"]


# ---------------------------------------------------------------------- regular expressions

_LITERAL = re.compile(
    rb"/(?![*/])(?:[^\\/\[\n\r]|\\[^\n\r]|\[(?:[^\]\\\n\r]|\\[^\n\r])*\])+/[A-Za-z]*"
)
SLASHES = {
    "classes that do not end": b"/a[" * 4000,
    "one end for all": b"/a[" * 4000 + b"]",
    "one end and a slash": b"/a[" * 4000 + b"]/",
    "classes that hold a slash": b"/[/" * 4000,
    "escapes": b"/\\[\\/" * 4000,
    "literals": b"/a[/]/g + " * 2000,
    "lines": b"/a[\n" * 4000,
}


@pytest.mark.parametrize("kind", SLASHES)
def test_each_byte_is_looked_at_a_few_times(kind: str) -> None:
    source = SLASHES[kind]
    literals = RegexLiterals(source)
    for start in (match.start() for match in re.finditer(rb"/", source)):
        literals.end(start)
    assert literals.steps < 5 * len(source)


@pytest.mark.parametrize("kind", SLASHES)
def test_where_literals_end(kind: str) -> None:
    """As a regular expression for one literal finds it, which takes quadratic time."""
    source = SLASHES[kind][:300] + SLASHES[kind][-30:]
    literals = RegexLiterals(source)
    for start in (match.start() for match in re.finditer(rb"/", source)):
        expected = _LITERAL.match(source, start)
        assert literals.end(start) == (expected.end() if expected else -1), source[start:]


@pytest.mark.parametrize("kind", SLASHES)
def test_a_seed_after_many_slashes_is_found(kind: str) -> None:
    source = SLASHES[kind] + b"\n;\nrequire('a')\n" + b"function f() { return 1 }\n" * 100
    assert "require a" in scanned(source.replace(b"require a guarded", b"require a"))[0]


def _analysis(source: str) -> FileAnalysis:
    return analyse(source.encode(), None, find_awaits=False)

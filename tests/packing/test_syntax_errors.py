"""Sources that V8 does not compile."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.findings import Finding, IncompleteProjectError, Severity
from sealift.model import ScriptCounts
from support.bytecode_builds import Build, MakeProject, package, packaged

# tree-sitter, which the project is read with, has nothing against these; V8 does.
FIRST_LINE = ("broken.js", "let a; let a;", 1, 12, "'a'")
LATER_LINE = ("broken.js", "1;\n\n  const b = 1, b = 2;\n", 3, 16, "'b'")
HASHBANG = ("broken.js", "#!/usr/bin/env node\nlet a; let a;", 2, 12, "'a'")
LONG_LINE = ("broken.js", "x;" * 200 + "let a; let a;" + "y;" * 5000, 1, 412, "'a'")
MODULE = ("broken.mjs", "let a;\nlet a;\n", 2, 5, "'a'")
CLOSING = ("broken.js", "let a;\n}); (function () {\nlet b;", 2, 1, "'}'")
MARKED = ("broken.js", "\ufefflet a; let a;", 1, 12, "'a'")
BROKEN = [FIRST_LINE, LATER_LINE, HASHBANG, LONG_LINE, MODULE, MARKED, CLOSING]


def refused(build: Build, root: Path) -> Finding:
    with pytest.raises(IncompleteProjectError) as caught:
        build(root)
    errors = [one for one in caught.value.findings if one.severity == Severity.ERROR]
    assert len(errors) == 1
    assert caught.value.remedy
    return errors[0]


@pytest.mark.parametrize(("name", "source", "line", "column", "what"), BROKEN)
def test_the_place_is_reported(
    make_project: MakeProject,
    build: Build,
    tmp_path: Path,
    name: str,
    source: str,
    line: int,
    column: int,
    what: str,
) -> None:
    files = {"package.json": package("app"), "index.js": f"import('./{name}');", name: source}
    error = refused(build, make_project(files))
    assert (error.code, error.line) == ("not-compiled", line)
    assert error.file.endswith(name)
    assert what in error.message
    assert f"column {column}:" in error.message
    # An excerpt: of a long line only what is around the place.
    assert any(text in error.message for text in ("let a", "const b", "}); (function"))
    assert len(error.message) < 250
    assert not (tmp_path / "out").exists()


def test_a_script_that_only_a_computed_name_matches_may_be_for_other_tools(
    make_project: MakeProject, build: Build
) -> None:
    files = {
        "package.json": package("app"),
        "index.js": "require('./native/' + process.argv[2]);",
        "native/browser.js": "export * from 'wasm';",
        "native/package.json": '{"type": "commonjs"}',
    }
    result = build(make_project(files))
    (found,) = (one for one in result.findings if one.code == "shipped-as-data")
    assert found.severity == Severity.WARNING
    assert "native/browser.js" in found.message


def test_a_place_far_along_a_line(make_project: MakeProject, build: Build) -> None:
    source = "x;\n" + "x;" * 5000 + "let a; let a;"
    error = refused(build, make_project({"package.json": package("app"), "index.js": source}))
    assert (error.line, error.message) == (
        2,
        "V8 cannot compile this file: Identifier 'a' has already been declared.",
    )


def test_the_project_itself_fails_even_if_public(make_project: MakeProject, build: Build) -> None:
    files = {"package.json": package("app", license="MIT"), "index.js": "let a; let a;"}
    assert refused(build, make_project(files)).line == 1


def dependency(licence: str) -> dict[str, str]:
    return {
        "package.json": package("app", dependencies={"dep": "1"}),
        "index.js": "try { require('dep') } catch (e) { console.log(e.name) }",
        "node_modules/dep/package.json": package("dep", license=licence),
        "node_modules/dep/index.js": "let a; let a;",
    }


def test_a_public_dependency_ships_as_source(make_project: MakeProject, build: Build) -> None:
    result = build(make_project(dependency("MIT")))
    assert result.executables[0].scripts == ScriptCounts(bytecode=1, both=0, source=1)
    found = [one for one in result.findings if one.code == "shipped-as-source"]
    assert [one.severity for one in found] == [Severity.WARNING]
    assert found[0].file.endswith("node_modules/dep/index.js")
    assert not packaged(result).records["app/node_modules/dep/index.js"].source_left_out


def test_a_private_dependency_fails(make_project: MakeProject, build: Build) -> None:
    error = refused(build, make_project(dependency("UNLICENSED")))
    assert "--fallback-to-source" in error.remedy
    assert error.file.endswith("node_modules/dep/index.js")


def test_fallback_to_source(make_project: MakeProject, build: Build) -> None:
    root = make_project(dependency("UNLICENSED"))
    result = build(root, fallback_to_source=True)
    assert result.executables[0].scripts == ScriptCounts(bytecode=1, both=0, source=1)
    assert any(one.code == "shipped-as-source" for one in result.findings)


VALID = {
    "a bracket after an arrow function": "const f = () => {}\n[...['a']].forEach(f)",
    "a regular expression after an arrow function": "const f = () => {}\n/x/.test('x')",
    "a variable of the name async": "for (async of => {}; false;);",
    "escapes in a tagged template": "String.raw`\\u \\xg`",
    "a computed method after a field": "class A { f = async () => {}\n['k']() {} }",
}


@pytest.mark.parametrize("name", VALID)
def test_what_only_the_parser_does_not_understand_is_no_problem(
    name: str, make_project: MakeProject, build: Build
) -> None:
    files = {"package.json": package("app", license="MIT"), "index.js": VALID[name]}
    result = build(make_project(files), sea=True)
    assert not [one for one in result.findings if one.severity is not Severity.NOTE]


def test_v8_says_what_is_wrong_without_bytecode(make_project: MakeProject, build: Build) -> None:
    files = {"package.json": package("app", license="MIT"), "index.js": "1;\nlet b = ;\n"}
    result = build(make_project(files), sea=True)
    (warning,) = (one for one in result.findings if one.severity is Severity.WARNING)
    assert (warning.code, warning.line) == ("syntax-error", 2)
    assert "Unexpected token ';', column 9" in warning.message

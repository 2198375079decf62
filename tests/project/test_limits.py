"""What others wrote is bounded in depth and size by explicit limits, each with a clear message."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sealift.errors import ProjectError, SealiftError, UsageError
from sealift.findings import Finding, Severity
from sealift.model import Project, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, package_contents, read_project
from sealift.project.bounded_json import JsonError, parse_json
from sealift.project.filesystem import MAX_LINKS, FileSystem
from sealift.project.globs import MAX_EXPANSIONS, MAX_LENGTH
from sealift.project.licences import is_open_licence
from sealift.project.package_json import Packages
from sealift.project.path_patterns import PathPattern, path_pattern
from support.project_trees import plant, summary


@pytest.fixture(autouse=True)
def in_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "proj"
    directory.mkdir()
    monkeypatch.chdir(directory)


def read(**fields: Any) -> Project:
    """Read the project whose package.json has these fields."""
    text = json.dumps({"name": "proj", "bin": "a.js", **fields})
    plant(f"== a.js\n== package.json\n{text}", Path())
    options = BuildOptions(Path())
    return read_project(open_manifest(options), options, SilentObserver())


def refused(**fields: Any) -> SealiftError:
    with pytest.raises(SealiftError) as caught:
        read(**fields)
    caught.value.message.encode()
    assert caught.value.remedy
    assert len(caught.value.message) < 300
    return caught.value


BAD_TEXTS = ["a\0b", "a\ud800b", "\udcff"]


@pytest.mark.parametrize("text", BAD_TEXTS, ids=["nul", "surrogate", "escaped-byte"])
@pytest.mark.parametrize(
    "key",
    [
        *("name", "version", "main", "bin", "files", "pkg.assets", "pkg.scripts", "pkg.ignore"),
        *("pkg.outputPath", "pkg.options", "pkg.targets", "pkg.publicPackages"),
    ],
)
def test_texts_that_no_name_or_path_can_have(key: str, text: str) -> None:
    setting = key.removeprefix("pkg.")
    value: Any = [text] if setting in ("files", "assets", "options", "targets") else text
    error = refused(**({"pkg": {setting: value}} if setting != key else {key: value}))
    assert isinstance(error, UsageError)
    assert error.code == "config-text"
    assert error.message.startswith(f"{key} in package.json contains ")
    assert "\0" not in error.message


@pytest.mark.parametrize("text", BAD_TEXTS)
def test_bad_texts_in_an_object_of_bins_and_in_a_configuration(text: str) -> None:
    assert refused(bin={"a": text}).code == "config-text"
    assert refused(bin={text: "a.js"}).code == "config-text"
    Path(".pkgrc").write_text(json.dumps({"name": text, "pkg": {}}))
    assert refused().message.startswith("name in .pkgrc contains ")


@pytest.mark.parametrize("text", BAD_TEXTS)
def test_bad_texts_in_an_installed_package(text: str) -> None:
    manifest = json.dumps({"name": text, "version": text, "main": text, "types": text})
    plant(f"== node_modules/dep/package.json\n{manifest}\n== node_modules/dep/index.js\n", Path())
    Path("a.js").write_text("require('dep')")
    plant('== package.json\n{"name": "proj", "bin": "a.js"}', Path())
    options = BuildOptions(Path())
    project = read_project(open_manifest(options), options, SilentObserver())
    for file in project.files:
        file.package.encode()
    assert all(finding.message.encode() for finding in project.findings)


@pytest.mark.parametrize("text", BAD_TEXTS)
def test_an_entry_that_no_file_can_have(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_manifest(BuildOptions(Path(text)))
    assert caught.value.code in ("entry-missing", "argument-malformed")
    caught.value.message.encode()


def test_specifiers_that_no_file_can_have() -> None:
    plant(
        "== a.js\nrequire('a\\0b'); require('./\\ud800'); import('./%00'); import('./%ff')", Path()
    )
    options = BuildOptions(Path("a.js"))
    project = read_project(open_manifest(options), options, SilentObserver())
    assert {finding.code for finding in project.findings} == {"unresolved-specifier"}
    assert all("\0" not in finding.message for finding in project.findings)


@pytest.mark.parametrize("key", ["assets", "scripts", "ignore"])
def test_braces_that_expand_to_a_million_patterns(key: str) -> None:
    for pattern in ("{a,b}" * 20, "{1..1000000}", "{a,b}" * 20 + "/**"):
        error = refused(pkg={key: pattern})
        assert error.code == "pattern-too-many"
        assert str(MAX_EXPANSIONS) in error.message
        assert f"pkg.{key}" in error.message
    assert refused(files=["{a,b}" * 20]).code == "pattern-too-many"


def test_patterns_up_to_the_limit_are_used() -> None:
    plant("== data/7.txt\n== data/1001.txt\n", Path())
    names = {file.location for file in read(pkg={"assets": "data/{1..1000}.txt"}).files}
    assert "proj/data/7.txt" in names
    assert "proj/data/1001.txt" not in names


def test_a_pattern_that_is_too_long() -> None:
    error = refused(pkg={"assets": "/a[" * 4000})
    assert error.code == "pattern-too-long"
    assert str(MAX_LENGTH) in error.message


def nested(depth: int) -> Any:
    value: Any = "./a.js"
    for level in range(depth):
        value = {"default": value} if level % 2 else [value]
    return value


@pytest.mark.parametrize("depth", [150, 1000, 100_000])
@pytest.mark.parametrize("opening", ['{"a":', "[", '[{"b":'])
def test_json_that_is_nested_too_deeply(depth: int, opening: str) -> None:
    closing = opening.translate(str.maketrans("[{", "]}", '":ab'))[::-1]
    for text in (opening * depth + "1" + closing * depth, opening * depth):
        with pytest.raises(JsonError, match="nested more than 100 levels deep"):
            parse_json(text.encode())


def test_brackets_in_texts_are_no_nesting() -> None:
    assert parse_json(json.dumps("[" * 5000 + '"\\' + "{" * 5000).encode()) == (
        "[" * 5000 + '"\\' + "{" * 5000
    )
    assert parse_json(json.dumps([[1]] * 5000).encode()) == [[1]] * 5000
    with pytest.raises(JsonError):
        parse_json(b'["' + b'\\"' * 1_000_000 + b"[" * 200)


def test_json_that_is_too_large() -> None:
    with pytest.raises(JsonError, match="larger than 16 MiB"):
        parse_json(b" " * (16 << 20) + b"{}")


@pytest.mark.parametrize("key", ["exports", "imports", "browser"])
def test_a_package_json_that_is_nested_too_deeply(key: str) -> None:
    text = json.dumps({"bin": "a.js"})[:-1] + f', "{key}": ' + "[" * 1000 + "]" * 1000 + "}"
    plant(f"== a.js\n== package.json\n{text}", Path())
    with pytest.raises(ProjectError, match="nested more than 100 levels deep") as caught:
        open_manifest(BuildOptions(Path()))
    assert caught.value.code == "package-json-broken"
    plant(
        "== package.json\n" + '{"bin": "a.js"}' + f"\n== node_modules/d/package.json\n{text}",
        Path(),
    )
    Path("a.js").write_text("require('d')")
    options = BuildOptions(Path())
    project = read_project(open_manifest(options), options, SilentObserver())
    assert [f.code for f in project.findings] == ["unresolved-specifier"]
    assert "nested more than 100 levels" in project.findings[0].message


def test_exports_up_to_the_limit_resolve() -> None:
    text = json.dumps({"name": "d", "exports": nested(98)})
    plant(f"== node_modules/d/package.json\n{text}\n== node_modules/d/a.js\n", Path())
    plant('== package.json\n{"bin": "a.js"}\n== a.js\nrequire("d"); import("d")', Path())
    options = BuildOptions(Path())
    project = read_project(open_manifest(options), options, SilentObserver())
    assert "proj/node_modules/d/a.js" in [file.location for file in project.files]
    assert project.findings == ()


@pytest.mark.parametrize("name", [".pkgrc", ".pkgrc.json"])
def test_a_configuration_that_is_nested_too_deeply(name: str) -> None:
    value = "[" * 1000 + "]" * 1000
    Path(name).write_text(f'{{"assets": {value}}}')
    error = refused()
    assert isinstance(error, UsageError)
    assert "nested more than 100 levels deep" in error.message


def test_licences_that_are_nested_too_deeply() -> None:
    assert not is_open_licence("(" * 250 + "mit" + ")" * 240)
    assert is_open_licence("(" * 15 + "mit" + ")" * 15)


# ---------------------------------------------------------------------- directories


@pytest.fixture
def deep_directory(in_project: None) -> Iterator[None]:
    """2,000 directories within one another in ``data``; their path is longer than Linux allows."""
    before, depth = Path.cwd(), 2000
    for name in ("data", *["d"] * depth):
        Path(name).mkdir()
        os.chdir(name)
    os.chdir(before)
    yield
    os.chdir("data")
    for _ in range(depth):
        os.chdir("d")
    for _ in range(depth):
        os.chdir("..")
        Path("d").rmdir()
    os.chdir(before)


@pytest.mark.skipif(os.name == "nt", reason="Windows refuses such paths when they are made")
@pytest.mark.usefixtures("deep_directory")
def test_directories_within_one_another() -> None:
    """By a whole package, a reference, a pattern, and package.json's files."""
    for source, fields in (
        ("require(process.argv[2])", {}),
        ("f(__dirname + '/data')", {}),
        ("", {"pkg": {"assets": "data/**/*"}}),
        ("", {"files": ["data"]}),
    ):
        error = deep_directory_error(source, fields)
        assert error is not None
        assert error.code == "directory-too-deep"
        assert str(package_contents.MAX_DEPTH) in error.message
        settings = {**fields.get("pkg", {}), "ignore": "data/**"}
        assert deep_directory_error(source, {**fields, "pkg": settings}) is None


def deep_directory_error(source: str, fields: dict[str, Any]) -> Finding | None:
    Path("a.js").write_text(source)
    Path("package.json").write_text(json.dumps({"name": "proj", "bin": "a.js", **fields}))
    options = BuildOptions(Path())
    project = read_project(open_manifest(options), options, SilentObserver())
    errors = [f for f in project.findings if f.severity == Severity.ERROR]
    assert len(errors) < 2
    return errors[0] if errors else None


@pytest.mark.skipif(os.name == "nt", reason="Windows refuses such paths when they are made")
def test_an_entry_in_deep_directories() -> None:
    path = Path(*["d"] * 900, "a.js")
    path.parent.mkdir(parents=True)
    path.write_text("require('./b')")
    path.with_name("b.js").write_text("")
    options = BuildOptions(path)
    project = read_project(open_manifest(options), options, SilentObserver())
    assert len(project.files) == 2
    Packages().nearest("/d" * 5000)
    FileSystem().real_path("/d" * 5000)


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need rights on Windows")
def test_chains_of_symbolic_links() -> None:
    Path("l0").mkdir()
    for i in range(100):
        Path(f"l{i + 1}").symlink_to(f"l{i}/../l{i}")
    filesystem = FileSystem()
    found = filesystem.real_path(str(Path.cwd() / f"l{MAX_LINKS}"))
    assert found.real == str(Path.cwd() / "l0")
    assert len(found.symlinks) == MAX_LINKS
    with pytest.raises(OSError, match="symbolic links"):
        FileSystem().real_path(str(Path.cwd() / "l100"))


# ---------------------------------------------------------------------- computed paths


@pytest.mark.parametrize("holes", [1, 6, 30, 500])
def test_holes_in_a_path_cost_no_more_than_its_length(
    holes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pattern = path_pattern("/p", ("./a", *["a"] * (holes - 1), ".js"), module=True)
    searched: list[int] = []

    class Counting(str):
        def find(self, part: str, start: int = 0, *_: Any) -> int:  # type: ignore[override]
            found = str.find(self, part, start)
            searched.append((found if found >= 0 else len(self)) - start)
            return found

    name = Counting("a" * 4000 + "b")
    assert not pattern.matches(name)
    assert sum(searched) <= len(name)
    assert len(searched) <= holes
    assert pattern.matches("a" * 600 + ".js") is (holes <= 600)


@pytest.mark.parametrize(
    ("parts", "module", "matching", "other"),
    [
        (("./a", ".js"), True, ["a.js", "ab.js", "a/b.js", "a.js.js"], ["b.js", "a.j"]),
        (("./a", "b"), True, ["ab", "axb.js", "ab.node", "a/b/index.js"], ["b", "ab.txt", "a"]),
        (("./a", "b"), False, ["ab", "axb"], ["ab.js"]),
        (("./aa", "aa"), False, ["aaaa", "aaxaa"], ["aaa", "aa"]),
        (("./", "x", "x", "y"), False, ["xxy", "axbxcy"], ["xy", "yxx"]),
        (("./", ""), False, ["", "x/y"], []),
        (("./a", "/../b"), False, ["ax", "a"], ["b"]),
        (("./a", "\n", ""), False, ["a\n", "ab\nc"], ["ab"]),
    ],
)
def test_what_patterns_match(
    parts: tuple[str, ...], module: bool, matching: list[str], other: list[str]
) -> None:
    pattern: PathPattern = path_pattern("/p", parts, module=module)
    assert [path for path in matching if not pattern.matches(path)] == []
    assert [path for path in other if pattern.matches(path)] == []


def test_a_path_with_many_holes_is_packaged() -> None:
    plant("== a.js\nrequire('./a' + x" + " + 'a' + y" * 40 + ")\n== " + "a" * 60 + ".js\n", Path())
    options = BuildOptions(Path("a.js"))
    project = read_project(open_manifest(options), options, SilentObserver())
    assert "a" * 60 + ".js" in " ".join(summary(project))

"""Scripts are compiled once, to the same bytes each time, and refused where a V8 differs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.bytecode import RelocationTables, compile_scripts, relocate_scripts
from sealift.bytecode.compiler_process import Compiler, Problem, Script
from sealift.errors import NodeError
from sealift.model import CodeForm, SilentObserver
from sealift.nodes import obtain_compiler
from sealift.options import NodeOptions
from sealift.runtime import bytecode_wrapper
from sealift.target import Arch, Platform
from support.bytecode_builds import HOST, Build, MakeProject, digests, packaged
from support.compiled_projects import FILES, Binary, normalised, read, script_files


def test_a_second_build_compiles_nothing(
    make_project: MakeProject, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_project(FILES)
    first = build(root)
    assert len(script_files(tmp_path / "cache")) == 1
    with monkeypatch.context() as patched:
        patched.setattr(Compiler, "__init__", _must_not_start)
        assert digests(build(root)) == digests(first)
        (root / "lib.js").write_text("exports.f = () => 2;\n")
        with pytest.raises(AssertionError, match="started"):
            build(root)
    assert digests(build(root)) != digests(first)


def _must_not_start(*_: object) -> None:
    raise AssertionError("the compiler was started")


def test_what_was_compiled_before_does_not_matter(
    make_project: MakeProject, build: Build, tmp_path: Path
) -> None:
    root = make_project(FILES)
    alone = build(root, cache=tmp_path / "one")
    other = make_project({**FILES, "index.js": "require('./lib'); import('./module.mjs');"}, "b")
    build(other, cache=tmp_path / "two")
    assert digests(build(root, cache=tmp_path / "two")) == digests(alone)


def test_a_cache_that_cannot_be_written(
    make_project: MakeProject, build: Build, tmp_path: Path
) -> None:
    root = make_project(FILES)
    first = build(root)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "bytecode").write_text("in the way")
    assert digests(build(root, cache=tmp_path / "other")) == digests(first)


def test_targets_of_two_v8s(make_project: MakeProject, build: Build) -> None:
    result = build(
        make_project(FILES), "node24-linux-x64", "node22-linux-x64", "node24-macos-arm64"
    )
    assert [one.scripts.bytecode for one in result.executables] == [2, 2, 2]
    config = packaged(result).config["bytecode"]
    assert config["v8"] == result.executables[0].node.facts.v8_version


def test_another_v8_is_refused(make_project: MakeProject, binary: Binary, tmp_path: Path) -> None:
    project = read(make_project(FILES))
    (tmp_path / "work").mkdir()
    compilation = compile_scripts(
        project,
        binary("22", "linux", "x64"),
        bytecode_wrapper(),
        tmp_path / "cache",
        tmp_path / "work",
        form=CodeForm.BYTECODE,
        observer=SilentObserver(),
    )
    tables, target = RelocationTables(tmp_path / "relocations"), binary("24", "win", "x64")
    path = tmp_path / "bytecode"
    with pytest.raises(NodeError) as caught:
        relocate_scripts(project, compilation, target, tables, path, form=CodeForm.BYTECODE)
    assert caught.value.code == "bytecode-unavailable"
    assert f"Node {target.version} for win-x64" in caught.value.message
    assert target.facts.v8_version in caught.value.message
    assert "--fallback-to-source" in caught.value.remedy
    relocated, findings = relocate_scripts(
        project, compilation, target, tables, path, form=CodeForm.BYTECODE_WHERE_POSSIBLE
    )
    assert relocated is None
    assert [finding.code for finding in findings] == ["without-bytecode"]


def test_a_node_that_does_not_run(binary: Binary, tmp_path: Path) -> None:
    with (
        pytest.raises(NodeError) as caught,
        Compiler(binary("24", "macos", "arm64"), bytecode_wrapper(), tmp_path) as compiler,
    ):
        compiler.compile(Script(1, b"1;"))
    assert caught.value.code == "compiler-failed"


@pytest.mark.parametrize("major", ["20", "22", "24", "26"])
def test_one_process_compiles_all(binary: Binary, tmp_path: Path, major: str) -> None:
    with Compiler(binary(major, "linux", "x64"), bytecode_wrapper(), tmp_path) as compiler:
        good = compiler.compile(Script(1, b"exports.a = 1;"))
        bad = compiler.compile(Script(2, b"let a;\nlet a;"))
        again = compiler.compile(Script(1, b"exports.a = 1;"))
        module = compiler.compile(Script(2, "export const \u00e9 = '\U0001f600';".encode()))
        empty = compiler.compile(Script(1, b""))
        not_utf8 = compiler.compile(Script(1, b"exports.a = '\xff';"))
        reexporting = compiler.compile(Script(1, b"module.exports = require('./x');"))
    assert isinstance(bad, Problem)
    assert (bad.line, bad.column, bad.excerpt) == (2, 5, "let a;")
    for compiled in (good, again, module, empty, not_utf8, reexporting):
        assert not isinstance(compiled, Problem)
        assert len(compiled.cache) > 32
    assert not isinstance(reexporting, Problem)
    assert reexporting.names == b'{"exports":[],"reexports":["./x"]}'


LINUX = (Platform.LINUX, Arch.X64)


def test_the_compiler_is_one_that_is_used_anyway(binary: Binary, tmp_path: Path) -> None:
    ours, theirs = binary("24", "linux", "x64"), binary("24", "win", "x64")
    options = NodeOptions(cache=tmp_path, offline=True)
    observer = SilentObserver()
    assert obtain_compiler(ours, LINUX, (), options, observer) is ours
    assert obtain_compiler(theirs, LINUX, (theirs, ours), options, observer) is ours
    other = binary("22", "linux", "x64")
    with pytest.raises(NodeError) as caught:
        obtain_compiler(theirs, LINUX, (theirs, other), options, observer)
    assert caught.value.code == "compiler-missing"
    assert theirs.facts.v8_version in caught.value.message


def test_the_compiler_is_one_that_the_user_names(binary: Binary, tmp_path: Path) -> None:
    ours, theirs = binary("24", "linux", "x64"), binary("24", "win", "x64")
    named = NodeOptions(cache=tmp_path, offline=True, binaries={"linux-x64": ours.path})
    found = obtain_compiler(theirs, LINUX, (theirs,), named, SilentObserver())
    assert found.path == ours.path
    wrong = NodeOptions(
        cache=tmp_path, offline=True, binaries={"linux-x64": binary("22", "linux", "x64").path}
    )
    with pytest.raises(NodeError, match="same V8"):
        obtain_compiler(theirs, LINUX, (theirs,), wrong, SilentObserver())


@pytest.mark.parametrize("target", ["node20-linux-x64", HOST])
def test_no_path_of_the_host_is_in_an_executable(
    target: str, make_project: MakeProject, build: Build, tmp_path: Path
) -> None:
    root = make_project(FILES)
    content = build(root, target).executables[0].path.read_bytes()
    for path in (root, tmp_path, Path.cwd(), Path.home() / ".cache"):
        assert str(path).encode() not in content


@pytest.mark.parametrize("major", ["20", "22", "24", "26"])
def test_any_order_gives_the_same_bytes(
    binary: Binary, npm_project: Callable[[str], Path], tmp_path: Path, major: str
) -> None:
    modules = npm_project("prettier") / "node_modules"
    files = sorted(modules.glob("prettier/plugins/*.js"))[:8]
    sources = [b"exports.first = () => [];", *(file.read_bytes() for file in files)]
    node = binary(major, "linux", "x64")
    kept = []
    for number, order in enumerate((sources, sources[::-1])):
        work = tmp_path / str(number)
        work.mkdir()
        with Compiler(node, bytecode_wrapper(), work) as compiler:
            compiled = {source: compiler.compile(Script(1, source)) for source in order}
        kept.append({source: normalised(result) for source, result in compiled.items()})
    assert len(kept[0]) == 9
    assert kept[0] == kept[1]

"""The compiler process: scripts that crash it, and scripts that take too long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.bytecode import compile_scripts
from sealift.bytecode.compiler_process import (
    COMMONJS,
    MODULE,
    WITH_SOURCE,
    Compiled,
    Compiler,
    Problem,
    Script,
)
from sealift.bytecode.emulators import Emulator
from sealift.errors import NodeError
from sealift.findings import Severity
from sealift.model import CodeForm, SilentObserver
from sealift.runtime import bytecode_wrapper
from support.bytecode_builds import MakeProject, package
from support.compiled_projects import Binary, normalised, read

# A V8 heap that is too small for large scripts.
SMALL = Emulator("a small heap", (), {"NODE_OPTIONS": "--max-old-space-size=10"})


@pytest.fixture
def large(npm_project: Callable[[str], Path]) -> bytes:
    return (npm_project("typescript") / "node_modules/typescript/lib/typescript.js").read_bytes()


def test_a_script_that_crashes_node(binary: Binary, large: bytes, tmp_path: Path) -> None:
    with Compiler(binary("24", "linux", "x64"), bytecode_wrapper(), tmp_path, SMALL) as compiler:
        before = compiler.compile(Script(COMMONJS, b"exports.a = 1;"))
        problem = compiler.compile(Script(COMMONJS, large))
        after = compiler.compile(Script(COMMONJS, b"exports.a = 1;"))
    assert isinstance(problem, Problem)
    assert "heap out of memory" in problem.message
    assert "24.19.0" in problem.message
    assert isinstance(after, Compiled)
    assert isinstance(before, Compiled)
    # Caches count on from what was compiled before.
    assert normalised(after) == normalised(before)


def test_the_script_is_named_and_the_others_compile(
    binary: Binary, large: bytes, make_project: MakeProject, tmp_path: Path
) -> None:
    files = {
        "package.json": package("app", dependencies={"dep": "1"}),
        "index.js": "require('./large'); require('dep');",
        "large.js": large.decode(),
        "node_modules/dep/package.json": package("dep", license="MIT"),
        "node_modules/dep/index.js": large.decode(),
    }
    compilation = compile_scripts(
        read(make_project(files)),
        binary("24", "linux", "x64"),
        bytecode_wrapper(),
        tmp_path / "cache",
        tmp_path,
        form=CodeForm.BYTECODE,
        observer=SilentObserver(),
        emulator=SMALL,
    )
    assert [compiled.file.location for compiled in compilation.files] == ["app/index.js"]
    told = {finding.file.replace("\\", "/"): finding for finding in compilation.findings}
    assert {name.partition("app/")[2] or name: one.severity for name, one in told.items()} == {
        "large.js": Severity.ERROR,
        "node_modules/dep/index.js": Severity.WARNING,
    }
    for finding in told.values():
        assert "heap out of memory" in finding.message


@pytest.mark.parametrize("brackets", [20_000, 2_000_000])
def test_nested_too_deeply(binary: Binary, tmp_path: Path, brackets: int) -> None:
    source = b"x = " + b"[" * brackets + b"]" * brackets
    with Compiler(binary("24", "linux", "x64"), bytecode_wrapper(), tmp_path) as compiler:
        problem = compiler.compile(Script(COMMONJS, source))
        assert isinstance(compiler.compile(Script(COMMONJS, b"1;")), Compiled)
    assert problem == Problem("Maximum call stack size exceeded")


def test_the_script_that_crashes_node_is_one_of_several(
    binary: Binary, large: bytes, tmp_path: Path
) -> None:
    scripts = [Script(COMMONJS, source) for source in (b"1;", large, b"let a; let a;", b"2;")]
    with Compiler(binary("24", "linux", "x64"), bytecode_wrapper(), tmp_path, SMALL) as compiler:
        first, crash, error, last = compiler.compile_all(scripts)
    assert isinstance(crash, Problem)
    assert "heap out of memory" in crash.message
    assert isinstance(error, Problem)
    assert "already been declared" in error.message
    assert isinstance(first, Compiled)
    assert isinstance(last, Compiled)


def test_no_answer(binary: Binary, large: bytes, tmp_path: Path) -> None:
    node = binary("24", "linux", "x64")
    with Compiler(node, bytecode_wrapper(), tmp_path, patience=0.3) as compiler:
        with pytest.raises(NodeError) as caught:
            compiler.compile(Script(COMMONJS, large * 4, "lib/large.js"))
        assert caught.value.code == "compiler-stuck"
        assert "lib/large.js within 0.005 minutes" in caught.value.message
        assert "pkg.ignore" in caught.value.remedy


@pytest.mark.parametrize("kind", [COMMONJS, MODULE])
@pytest.mark.parametrize("version", ["22", "24", "26"])
def test_a_text_whose_source_ships_in_one_place_only(
    kind: int, version: str, binary: Binary, tmp_path: Path
) -> None:
    """V8 keeps the code of a text; with source, that code lacks the functions."""
    source = b"function f() { return function g() { return 1; }; } f;"
    node = binary(version, "linux", "x64")
    with Compiler(node, bytecode_wrapper(), tmp_path) as compiler:
        alone = compiler.compile(Script(kind, source))
    with Compiler(node, bytecode_wrapper(), tmp_path) as compiler:
        public = compiler.compile(Script(kind | WITH_SOURCE, source))
        after = compiler.compile(Script(kind, source))
    assert isinstance(alone, Compiled)
    assert isinstance(public, Compiled)
    assert isinstance(after, Compiled)
    assert len(public.cache) < len(after.cache)
    assert normalised(after) == normalised(alone)

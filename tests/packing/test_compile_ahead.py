"""Large scripts are compiled while the project is read; executables do not depend on it."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from sealift.bytecode.compiler_pool import AskedScript, CompilerPool
from sealift.bytecode.compiler_process import Compiler
from sealift.errors import SealiftError
from sealift.model import NodeBinary
from sealift.packing import CompileAhead, compile_ahead
from sealift.project import FoundScript
from sealift.record import replace
from support.bytecode_builds import Build, MakeProject, digests, package

LARGE = "exports.f = () => 1;\n" * 10_000
FILES = {
    "package.json": package("app", dependencies={"dep": "1"}),
    "index.js": "require('./large'); require('./small'); require('dep'); import('./large.mjs');",
    "large.js": LARGE,
    "large.mjs": "export let a;\n" + "a = () => 1;\n" * 20_000,
    "small.js": "exports.g = () => 2;\n",
    "node_modules/dep/package.json": package("dep", license="MIT"),
    "node_modules/dep/index.js": LARGE + "exports.dep = 1;\n",
}
CODE_FORMS: list[dict[str, Any]] = [{}, {"sea": True}]


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile_ahead, "cores", lambda: 2)


@pytest.fixture
def provided(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the names of the files that are compiled ahead from now on, all that are found."""
    found: set[str] = set()
    provide, pool = CompilerPool.provide, CompileAhead.pool

    def pool_of_all(self: CompileAhead, node: NodeBinary) -> CompilerPool | None:
        self._thread.shutdown()
        return pool(self, node)

    monkeypatch.setattr(CompileAhead, "pool", pool_of_all)

    def noted(self: CompilerPool, script: AskedScript) -> None:
        if threading.current_thread() is not threading.main_thread():
            found.add("/".join(Path(script.name).parts[-2:]))
        provide(self, script)

    monkeypatch.setattr(CompilerPool, "provide", noted)
    return found


@pytest.fixture
def compilers(monkeypatch: pytest.MonkeyPatch) -> list[Compiler]:
    """Return the compilers that are started from now on."""
    found: list[Compiler] = []
    start = Compiler.__init__

    def noted(self: Compiler, *arguments: Any) -> None:
        start(self, *arguments)
        found.append(self)

    monkeypatch.setattr(Compiler, "__init__", noted)
    return found


@pytest.mark.parametrize("form", CODE_FORMS, ids=["bytecode", "source"])
def test_large_scripts_are_compiled_ahead_to_the_same_bytes(
    form: dict[str, Any],
    make_project: MakeProject,
    build: Build,
    provided: set[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = make_project(FILES)
    monkeypatch.setattr(compile_ahead, "cores", lambda: 1)
    plain = build(root, cache=tmp_path / "plain", **form)
    assert provided == set()
    monkeypatch.setattr(compile_ahead, "cores", lambda: 2)
    ahead = build(root, cache=tmp_path / "ahead", **form)
    modules = set() if form else {"app/large.mjs"}
    assert provided == {"app/large.js", "dep/index.js"} | modules
    assert digests(ahead) == digests(plain)


@pytest.mark.usefixtures("two_cores")
def test_what_was_compiled_in_vain_does_not_matter(
    make_project: MakeProject,
    build: Build,
    provided: set[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = make_project(FILES)
    first = build(root, cache=tmp_path / "first")
    found = CompileAhead.found

    def found_wrongly(self: CompileAhead, script: FoundScript) -> None:
        found(self, replace(script, public=not script.public, is_module=False))

    monkeypatch.setattr(CompileAhead, "found", found_wrongly)
    provided.clear()
    second = build(root, cache=tmp_path / "second")
    assert len(provided) == 3
    assert digests(second) == digests(first)
    assert second.findings == first.findings


@pytest.mark.usefixtures("two_cores")
def test_a_script_that_has_become_a_fifo_holds_nothing_up(
    make_project: MakeProject, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    found = CompileAhead.found
    offered = []

    def found_elsewhere(self: CompileAhead, script: FoundScript) -> None:
        offered.append(script)
        found(self, replace(script, path=fifo))

    monkeypatch.setattr(CompileAhead, "found", found_elsewhere)
    assert build(make_project(FILES)).executables
    assert offered


def test_nothing_starts_for_what_is_kept(
    make_project: MakeProject,
    build: Build,
    provided: set[str],
    compilers: list[Compiler],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = make_project(FILES)
    monkeypatch.setattr(compile_ahead, "cores", lambda: 1)
    first = build(root)
    assert compilers
    monkeypatch.setattr(compile_ahead, "cores", lambda: 2)
    compilers.clear()
    provided.clear()
    for place in ("projects", "payloads"):
        shutil.rmtree(tmp_path / "cache" / place, ignore_errors=True)
    assert digests(build(root)) == digests(first)
    assert len(provided) == 3
    assert compilers == []


@pytest.mark.usefixtures("two_cores")
def test_a_failed_build_leaves_no_process(
    make_project: MakeProject, build: Build, compilers: list[Compiler]
) -> None:
    root = make_project({**FILES, "small.js": "require('./missing');"})
    with pytest.raises(SealiftError):
        build(root)
    assert all(one._process._process.poll() is not None for one in compilers)


@pytest.mark.usefixtures("two_cores")
def test_a_node_that_does_not_compile_is_reported_as_usual(
    make_project: MakeProject, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise SealiftError("compiler-failed", "It does not run.", "Use another.")

    root = make_project(FILES)
    monkeypatch.setattr(Compiler, "compile_all", refused)
    with pytest.raises(SealiftError, match="does not run"):
        build(root)

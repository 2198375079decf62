"""Several compiler processes: the same scripts as one, and none that stays."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
import pytest

from sealift.bytecode import compiler_pool
from sealift.bytecode.compiled_scripts import script_key
from sealift.bytecode.compiler_pool import AskedScript, CompilerPool, useful_processes
from sealift.bytecode.compiler_process import (
    COMMONJS,
    Compiled,
    Compiler,
    Problem,
    Script,
)
from sealift.bytecode.emulators import Emulator
from sealift.errors import NodeError
from sealift.host import cores
from sealift.model import NodeBinary
from sealift.runtime import bytecode_wrapper
from support.bytecode_builds import MakeProject, package
from support.compiled_projects import Binary, read, script_files

SOURCES = [f"exports.f{one} = () => [{one}, /x/u];\n".encode() * 40 for one in range(150)]
SEAL = 40
"""Bytes before the content of a sealed file."""
SMALL_HEAP = Emulator("a small heap", (), {"NODE_OPTIONS": "--max-old-space-size=10"})


@pytest.fixture
def node(binary: Binary) -> NodeBinary:
    return binary("24", "linux", "x64")


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Script]:
    """Return the list of all scripts that are compiled from now on."""
    found: list[Script] = []
    compile_scripts = Compiler.compile_all

    def noted(self: Compiler, scripts: Sequence[Script]) -> list[Compiled | Problem]:
        found.extend(scripts)
        return compile_scripts(self, scripts)

    monkeypatch.setattr(Compiler, "compile_all", noted)
    return found


def asked(source: bytes) -> AskedScript:
    return AskedScript(COMMONJS, source, key=script_key(COMMONJS, source))


def compile_all(
    sources: Iterable[bytes],
    node: NodeBinary,
    root: Path,
    processes: int,
    emulator: Emulator | None = None,
) -> dict[str, Problem]:
    """Compile scripts into ``root/bytecode``; return the problems."""
    (root / "work").mkdir(parents=True)
    wrapper = bytecode_wrapper()
    cache, work = root / "bytecode", root / "work"
    with CompilerPool(node, wrapper, cache, work, emulator, processes) as pool:
        for source in sources:
            pool.provide(asked(source))
        return pool.finish()


def contents(root: Path) -> dict[str, object]:
    """Return all kept scripts by their keys."""
    found: dict[str, object] = {}
    for path in script_files(root):
        _, group = msgspec.msgpack.decode(path.read_bytes()[SEAL:])
        found |= group
    return found


def started(root: Path) -> list[Path]:
    return list((root / "work").iterdir())


def test_scripts_do_not_depend_on_the_number_of_processes(node: NodeBinary, tmp_path: Path) -> None:
    one, three = tmp_path / "one", tmp_path / "three"
    assert compile_all(SOURCES, node, one, 1) == {}
    assert compile_all([*SOURCES, *SOURCES], node, three, 3) == {}
    assert len(started(one)) == 1
    assert 1 < len(started(three)) <= 3
    assert len(contents(one)) == len(SOURCES)
    assert contents(three) == contents(one)


def test_more_processes_may_be_allowed_later(node: NodeBinary, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    arguments = node, bytecode_wrapper(), tmp_path / "bytecode", tmp_path / "work", None
    with CompilerPool(*arguments, processes=1) as pool:
        for source in SOURCES[:100]:
            pool.provide(asked(source))
        pool.finish()
        assert len(pool._started) == 1
        pool.allow(1)
        pool.allow(3)
        pool.allow(2)
        for source in SOURCES[100:]:
            pool.provide(asked(source))
        assert pool.finish() == {}
        assert 1 < len(pool._started) <= 3
    assert contents(tmp_path).keys() == {asked(source).key for source in SOURCES}


def test_a_change_has_only_scripts_near_it_compiled(
    node: NodeBinary, compiled: list[Script], tmp_path: Path
) -> None:
    sources = [b"exports.f = () => %d;" % one for one in range(1000)]
    assert compile_all(sources, node, tmp_path / "first", 1) == {}
    assert len(compiled) == 1000
    changes = {
        "none": sources,
        "changed": [*sources[:500], b"exports.g = 1;", *sources[501:]],
        "added": [*sources[:500], b"exports.g = 1;", *sources[500:]],
        "removed": [*sources[:500], *sources[501:]],
    }
    for name, changed in changes.items():
        compiled.clear()
        shutil.copytree(tmp_path / "first/bytecode", tmp_path / name / "bytecode")
        assert compile_all(changed, node, tmp_path / name, 1) == {}
        assert len(compiled) < 200
        assert bool(compiled) == (name != "none")
        assert set(contents(tmp_path / name)) >= {asked(source).key for source in changed}


def test_only_what_v8_refused_is_compiled_again(
    node: NodeBinary, compiled: list[Script], tmp_path: Path
) -> None:
    sources = [*SOURCES[:5], b"let a; let a;", *SOURCES[5:10]]
    first = compile_all(sources, node, tmp_path / "first", 1)
    assert list(first) == [asked(b"let a; let a;").key]
    kept = contents(tmp_path / "first")
    assert kept.keys() == {asked(source).key for source in SOURCES[:10]}
    shutil.copytree(tmp_path / "first/bytecode", tmp_path / "second/bytecode")
    compiled.clear()
    assert compile_all(sources, node, tmp_path / "second", 1) == first
    assert [script.source for script in compiled] == [b"let a; let a;"]
    assert contents(tmp_path / "second") == kept


def test_a_process_that_dies_costs_only_the_script_that_killed_it(
    node: NodeBinary, npm_project: Callable[[str], Path], tmp_path: Path
) -> None:
    large = npm_project("typescript") / "node_modules/typescript/lib/typescript.js"
    sources = [*SOURCES[:60], large.read_bytes(), *SOURCES[60:]]
    problems = compile_all(sources, node, tmp_path / "dying", 2, SMALL_HEAP)
    assert list(problems) == [asked(large.read_bytes()).key]
    assert "heap out of memory" in next(iter(problems.values())).message
    assert compile_all(SOURCES, node, tmp_path / "sound", 1) == {}
    assert contents(tmp_path / "dying") == contents(tmp_path / "sound")


def test_an_error_of_one_script_ends_all_processes(
    node: NodeBinary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[Compiler] = []
    close = Compiler.close

    def compile_not(self: Compiler, *_: object) -> Problem:
        raise NodeError("compiler-stuck", "No answer.", "Wait.")

    def noted_close(self: Compiler) -> None:
        ended.append(self)
        close(self)

    monkeypatch.setattr(Compiler, "compile_all", compile_not)
    monkeypatch.setattr(Compiler, "close", noted_close)
    with pytest.raises(NodeError, match="No answer"):
        compile_all(SOURCES, node, tmp_path / "root", 2)
    assert len(ended) == len(started(tmp_path / "root"))
    assert [one._process._process.poll() for one in ended].count(None) == 0


def test_no_more_processes_than_cores_and_source_justify(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = read(make_project({"package.json": package("app"), "index.js": "1;"}))
    large = read(make_project({"package.json": package("app"), "index.js": "1;" * (4 << 20)}))
    assert useful_processes(small.files) == 1
    found = []
    for available in (1, 2, 64):
        monkeypatch.setattr(compiler_pool, "cores", lambda count=available: count)
        found.append(useful_processes(large.files))
    assert found == [1, 2, 4]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="missing: affinity of processes")
def test_cores_are_those_that_this_process_may_use() -> None:
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert cores() == len(before)


BUILD = """
import sys
from pathlib import Path
from sealift.cli.interruption import ended_by_signals
from sealift.tools.private_files import work_directory
from support.executables import node_at
from bytecode.test_compiler_pool import compile_all

sources = (b"exports.f = () => %d;" % one * 1000 for one in range(100_000))
with ended_by_signals(), work_directory() as work:
    compile_all(sources, node_at(Path(sys.argv[1])), work / "root", 3)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="missing: /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_build_that_is_killed_leaves_no_process(
    node: NodeBinary, tmp_path: Path, number: signal.Signals
) -> None:
    env = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "TMPDIR": str(tmp_path),
    }
    build = subprocess.Popen(
        [sys.executable, "-c", BUILD, node.path],
        env=env,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while len(children := children_of(build.pid)) < 2:
        assert build.poll() is None, build.communicate()
        time.sleep(0.01)
    build.send_signal(number)
    build.communicate(timeout=60)
    assert build.returncode in (128 + number, -number)
    until = time.monotonic() + 30
    while any(map(is_running, children)) and time.monotonic() < until:
        time.sleep(0.01)
    assert [child for child in children if is_running(child)] == []
    if number != signal.SIGKILL:
        assert list(tmp_path.iterdir()) == []


def children_of(number: int) -> list[int]:
    tasks = Path(f"/proc/{number}/task")
    return [int(one) for task in tasks.iterdir() for one in _read(task / "children").split()]


def is_running(number: int) -> bool:
    """Return True unless a process has ended; one whose parent has not noticed has ended too."""
    state = _read(Path(f"/proc/{number}/stat")).rpartition(")")[2].split()
    return bool(state) and state[0] not in "ZX"


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""

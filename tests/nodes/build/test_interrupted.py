"""Interrupted builds are continued; concurrent builds do not disturb each other."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nodes.build.stand_in import HOST, OBJECTS
from sealift.model import NodeBinary

Build = Callable[..., NodeBinary]

_COMPILED = re.compile(r"-o Release/part(\d)\.o")


def start(tree: Path, cache: Path, delay: float) -> subprocess.Popen[str]:
    """Start a build by the command line, with one compiler at a time, each waiting first."""
    app = tree.parent / "app.js"
    app.write_text("console.log('hello')")
    command = [sys.executable, "-m", "sealift", str(app), "--sea", "-t", f"node24-{HOST}"]
    command += ["-o", str(cache.parent / "app"), "--cache", str(cache), "--jobs", "1"]
    command += ["--compile-node", "--node-source-tree", str(tree)]
    return subprocess.Popen(
        command,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "STAND_IN_DELAY": str(delay)},
        preexec_fn=_heed_sigint,
    )


def _heed_sigint() -> None:
    """Undo what shells do to background jobs: ignored signals stay ignored in child processes."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def until_compiled(process: subprocess.Popen[str], cache: Path, number: int) -> None:
    """Wait until a number of objects exist."""
    while len(list(cache.glob("builds/*/tree/out/Release/*.o"))) < number:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.02)


def compiled(cache: Path) -> list[str]:
    """Return the numbers of the objects that all builds compiled, in order."""
    (log,) = cache.glob("builds/*.log")
    return _COMPILED.findall(log.read_text())


def processes_in(cache: Path) -> list[str]:
    """Return the commands that still run in the cache's directories."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(cache) in str((process / "cwd").readlink()):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_build_ends_its_compilers_and_is_continued(
    tree: Path, cache: Path, build: Build, number: signal.Signals
) -> None:
    first = start(tree, cache, delay=0.3)
    until_compiled(first, cache, 3)  # the last of them may be incomplete
    first.send_signal(number)
    _, said = first.communicate(timeout=30)
    assert first.returncode == 128 + number
    assert "was interrupted" in said
    (folder,) = (path for path in cache.glob("builds/*") if path.is_dir())
    assert f"{folder} keeps what is compiled" in said
    assert processes_in(cache) == []
    assert not list(cache.glob("nodes/*"))
    done = [path.name for path in folder.glob("tree/out/Release/*.o")]
    assert 2 <= len(done) < OBJECTS
    build(f"node24-{HOST}", source_tree=tree)
    # Finished objects were not compiled again; unfinished ones may have been.
    again = compiled(cache)
    assert len(set(again)) == OBJECTS
    assert all(again.count(name[4]) == 1 for name in done)


@pytest.mark.skipif(sys.platform != "linux", reason="missing: /proc, which lists what still runs")
def test_killed_build_is_continued(tree: Path, cache: Path, build: Build) -> None:
    first = start(tree, cache, delay=1.0)
    until_compiled(first, cache, 4)
    first.kill()
    first.wait()
    build(f"node24-{HOST}", source_tree=tree)
    names = compiled(cache)
    assert set(names) == {str(n) for n in range(OBJECTS)}
    # The oldest object is older than those that may be truncated.
    assert names.count("0") == 1
    assert list(cache.glob("tmp/*")) == []
    assert processes_in(cache) == []


def test_truncated_object_is_compiled_again(tree: Path, cache: Path, build: Build) -> None:
    first = start(tree, cache, delay=0.3)
    until_compiled(first, cache, 3)
    first.kill()
    first.wait()
    (cut,) = cache.glob("builds/*/tree/out/Release/part2.o")
    while processes_in(cache):
        time.sleep(0.05)
    cut.write_bytes(cut.read_bytes()[:100])
    (folder,) = (path for path in cache.glob("builds/*") if path.is_dir())
    assert (folder / "compiling").exists()
    build(f"node24-{HOST}", source_tree=tree)
    assert compiled(cache).count("2") == 2


def test_truncated_files_of_other_kinds_are_not_used(tree: Path, cache: Path, build: Build) -> None:
    first = start(tree, cache, delay=0.3)
    until_compiled(first, cache, OBJECTS)
    first.kill()
    first.wait()
    while processes_in(cache):
        time.sleep(0.05)
    (made,) = cache.glob("builds/*/tree/out/Release")
    # As a killed linker leaves its output, long after the last object, and a compiler its list.
    for name, content in (("node", b"\x7fELF"), ("part7.o.d", b"cmd_Release/part7")):
        (made / name).write_bytes(content)
        os.utime(made / name, (time.time() + 10,) * 2)
    binary = build(f"node24-{HOST}", source_tree=tree)
    assert binary.path.read_bytes().endswith(b"of the source\n")


def test_concurrent_builds_compile_once(tree: Path, cache: Path) -> None:
    both = [start(tree, cache, delay=0.1) for _ in range(2)]
    for process in both:
        _, said = process.communicate(timeout=60)
        # The slower one may find the executable being replaced, but never a broken one.
        assert process.returncode == 0, said
    assert sorted(compiled(cache)) == [str(n) for n in range(OBJECTS)]
    assert len(list(cache.glob("nodes/*"))) == 1

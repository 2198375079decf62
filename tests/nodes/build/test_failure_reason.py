"""A build that fails: its error names the reason, from thousands of lines, and a remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nodes.build.stand_in import HOST
from sealift.errors import NodeError
from sealift.model import NodeBinary

Build = Callable[..., NodeBinary]


def failure(build: Build, tree: Path, cache: Path) -> tuple[NodeError, str]:
    """Return the error of a build that fails, and its log; check that the cache is clean."""
    with pytest.raises(NodeError) as caught:
        build(f"node24-{HOST}", source_tree=tree, jobs=1)
    assert caught.value.code == "build-failed"
    assert [path for name in ("nodes", "tmp") for path in (cache / name).glob("*")] == []
    (log,) = cache.glob("builds/*.log")
    assert str(log) in caught.value.remedy
    (folder,) = (path for path in cache.glob("builds/*") if path.is_dir())
    assert f"{folder} keeps what is compiled" in caught.value.remedy
    return caught.value, log.read_text()


def test_configure_that_refuses(tree: Path, build: Build, tmp_path: Path) -> None:
    (tree / "broken-configure").touch()
    error, log = failure(build, tree, tmp_path / "cache")
    assert "failed: ERROR: configure does not like this machine." in error.message
    assert "configure does not like this machine" in log


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("#error this is no program\n", "this is no program"),
        ("int part3(void) { return nobody; }\n", "nobody"),
        ('#include "gone.h"\n', "gone.h"),
    ],
)
def test_errors_are_distinguished_from_warnings_about_errors(
    program: str, reason: str, tree: Path, build: Build, tmp_path: Path
) -> None:
    # As in Node, whose build prints warnings about functions and classes of that name.
    (tree / "src/part0.c").write_text("char *error(void) { return 7; /* error */ }\n")
    (tree / "src/part3.c").write_text(program)
    error, log = failure(build, tree, tmp_path / "cache")
    assert reason in error.message
    assert "part3.c:1" in error.message
    assert "part0.c:1" in log
    assert "Fix the problem that it names." in error.remedy


def test_compiler_that_is_killed_without_memory_left(
    tree: Path, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As the kernel kills it.
    for name, program in (("CC", "gcc"), ("CXX", "g++")):
        wrapper = tmp_path / program
        kill = 'case "$*" in *part3.c*) kill -9 $$ ;; esac'
        wrapper.write_text(f'#!/bin/sh\n{kill}\nexec {program} "$@"\n')
        wrapper.chmod(0o755)
        monkeypatch.setenv(name, str(wrapper))
    error, _ = failure(build, tree, tmp_path / "cache")
    assert "part3.o" in error.message
    assert "--jobs" in error.remedy

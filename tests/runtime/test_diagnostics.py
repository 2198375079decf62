"""Executables built with --debug list their files if DEBUG_PKG is set, in pkg's format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rigs import host_target
from rigs.machine import complete
from sealift.verify_executable import verify_executable
from support.command_line import Sealift

MAIN = """
import { readFileSync } from 'node:fs';
console.log(readFileSync(new URL('d.txt', import.meta.url), 'utf8'));
"""


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory,
    sealift: Sealift,
    binary_options: Callable[..., list[str]],
) -> Path:
    """A directory with ``debug`` and ``plain``."""
    folder = tmp_path_factory.mktemp("diagnostics")
    (folder / "p").mkdir()
    (folder / "p" / "main.mjs").write_text(MAIN)
    (folder / "p" / "d.txt").write_text("data")
    (folder / "p" / "package.json").write_text(json.dumps({"name": "p", "bin": "main.mjs"}))
    target = f"node24-{'-'.join(host_target())}"
    for name, options in {"debug.exe": ("--debug",), "plain.exe": ()}.items():
        arguments = ("build", folder / "p", "-t", target, "-o", folder / name, *options)
        done = sealift(*arguments, *binary_options(target))
        assert done.code == 0, done.stderr
    return folder


def lines(executable: Path, **environment: str) -> list[str]:
    ran = complete([executable], cwd=None, env=environment, timeout=60)
    assert (ran.code, ran.stderr) == (0, "")
    return ran.stdout.splitlines()


def test_only_on_request_and_only_in_debug_builds(folder: Path) -> None:
    assert lines(folder / "debug.exe") == ["data"]
    assert lines(folder / "plain.exe", DEBUG_PKG="2") == ["data"]
    verify_executable(folder / "debug.exe")


def test_files_with_their_sizes(folder: Path) -> None:
    listed = lines(folder / "debug.exe", DEBUG_PKG="1")
    assert listed[0] == "------------------------------- virtual file system"
    assert listed[1] in ("/snapshot", "C:\\snapshot")
    names = [line.split()[0] for line in listed[2:]]
    assert names == ["p", "d.txt", "main.mjs", "package.json", "Total", "data"]
    assert listed[3] == "    d.txt".ljust(40) + "4 Bytes".rjust(10) + " "
    assert listed[2].startswith("  p ")


def test_limits(folder: Path) -> None:
    given = {"DEBUG_PKG": "1", "SIZE_LIMIT_PKG": "40", "FOLDER_LIMIT_PKG": "10"}
    listed = lines(folder / "debug.exe", **given)
    large = listed[listed.index("------------------------------- oversized files") + 1 : -1]
    assert [line.split()[0] for line in large] == ["p", "main.mjs"]


def test_calls_of_fs(folder: Path) -> None:
    listed = lines(folder / "debug.exe", DEBUG_PKG="2")
    assert any(line.startswith("fs.readFileSync") for line in listed)
    assert listed[-1] == "data"

"""Addons that search packages find packaged ones."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rigs.machine import Completed, complete
from support.releases import RELEASE

PROGRAM = Path(__file__).parent / "programs" / "searcher"
PACKAGES = {"unrs-resolver": "1.13.0"}


@pytest.fixture
def expected(
    node_binary: Callable[[str, str, str], Path],
    npm_project: Callable[[Mapping[str, str]], Path],
    tmp_path: Path,
) -> Completed:
    folder = tmp_path / "app"
    shutil.copytree(PROGRAM, folder)
    shutil.copytree(npm_project(PACKAGES) / "node_modules", folder / "node_modules", symlinks=True)
    node = node_binary(RELEASE, "linux", "x64")
    return complete([node, folder / "index.js"], cwd=tmp_path, env={}, timeout=60)


def test_a_resolver_finds_packaged_files(
    packaged: Callable[..., Path], expected: Completed, tmp_path: Path
) -> None:
    executable = packaged("searcher", "index.js", PACKAGES)
    environment = {"HOME": str(tmp_path)}
    for _ in ("first", "again"):
        got = complete([executable], cwd=tmp_path, env=environment, timeout=60)
        assert (got.code, got.stdout, got.stderr) == (0, expected.stdout, "")
    assert "lib/index.js" in expected.stdout
    (copy,) = (tmp_path / ".cache" / "sealift").glob("*/snapshot/app/lib/index.js")
    copy.write_text("changed")
    complete([executable], cwd=tmp_path, env=environment, timeout=60)
    assert copy.read_text() == "module.exports = 1;\n"

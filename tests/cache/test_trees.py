"""An installed program in the cache is not run after it was changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.cache import is_intact_tree, seal_tree

NOBODY = 65534


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tool"
    (tree / "bin").mkdir(parents=True)
    (tree / "bin" / "tool").write_bytes(b"program")
    (tree / "bin" / "tool").chmod(0o755)
    (tree / "link").symlink_to("bin/tool")
    (tree / "data").write_bytes(b"data")
    return tree


def change(tree: Path) -> None:
    program = tree / "bin" / "tool"
    before = program.stat()
    program.write_bytes(b"PROGRAM")
    os.utime(program, ns=(before.st_atime_ns, before.st_mtime_ns))


def add(tree: Path) -> None:
    (tree / "bin" / "other").touch()


def remove(tree: Path) -> None:
    (tree / "data").unlink()


def lead_elsewhere(tree: Path) -> None:
    (tree / "link").unlink()
    (tree / "link").symlink_to("/bin/sh")


def open_up(tree: Path) -> None:
    (tree / "bin" / "tool").chmod(0o777)


def make_executable(tree: Path) -> None:
    (tree / "data").chmod(0o700)


def give_away(tree: Path) -> None:
    if os.geteuid():
        pytest.skip("missing: root, to give a file to another user")
    os.chown(tree / "bin", NOBODY, -1)


def forget(tree: Path) -> None:
    (tree / "entry.json").unlink()


def forge(tree: Path) -> None:
    record = tree / "entry.json"
    record.write_text(record.read_text().replace('"sha256": "', '"sha256": "0', 1))


@pytest.mark.skipif(os.name == "nt", reason="missing: modes and owners of files")
@pytest.mark.parametrize(
    "how",
    [change, add, remove, lead_elsewhere, open_up, make_executable, give_away, forget, forge],
)
def test_a_change_is_noticed(how: Callable[[Path], None], tree: Path) -> None:
    assert not is_intact_tree(tree)
    seal_tree(tree)
    assert is_intact_tree(tree)
    how(tree)
    assert not is_intact_tree(tree)


def test_a_copy_is_intact_and_read_once(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal_tree(tree)
    copy = tree.with_name("copy")
    shutil.copytree(tree, copy, symlinks=True)
    (copy / "__pycache__").mkdir()
    assert is_intact_tree(copy)
    monkeypatch.setattr("sealift.cache.trees.digest_of", lambda path: "read again")
    assert is_intact_tree(copy)


def test_other_users_cannot_read_it(tree: Path) -> None:
    seal_tree(tree)
    if os.name != "nt":
        modes = {path.name: path.stat().st_mode & 0o777 for path in tree.rglob("*")}
        assert modes == {"bin": 0o700, "tool": 0o700, "link": 0o700, "data": 0o600} | {
            "entry.json": 0o600
        }

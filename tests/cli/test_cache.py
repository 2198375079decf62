"""``sealift cache``, run as users run it."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sealift.cache.places import Kind
from sealift.cli.cache import KINDS

DAY = 24 * 3600
NODE = "nodes/24.19.0-linux-x64-npm"
ADDON = "addons/a-1.0.0-0123456789abcdef"


def sealift(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sealift", "cache", *arguments],
        env={**os.environ, "SEALIFT_CACHE": str(root), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def read_json(root: Path, *arguments: str) -> dict[str, Any]:
    done = sealift(root, *arguments, "--json")
    assert (done.returncode, done.stderr) == (0, ""), done
    content: dict[str, Any] = json.loads(done.stdout)
    assert content["format"] == 1
    assert content["cache"] == str(root)
    return content


def names(entries: list[dict[str, Any]]) -> set[str]:
    return {entry["name"] for entry in entries}


def fill(root: Path) -> None:
    for name, size, days in ((NODE, 5_000_000, 1), (ADDON, 3000, 100)):
        (root / name).mkdir(parents=True)
        (root / name / "file").write_bytes(bytes(size))
        then = time.time() - days * DAY
        os.utime(root / name, (then, then))
    (root / "locks").mkdir()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "cache"
    fill(root)
    return root


def test_list(root: Path) -> None:
    done = sealift(root, "list", "-v")
    assert done.returncode == 0
    assert "5.0 MB" in done.stdout
    assert "100 days ago" in done.stdout
    assert NODE in done.stdout
    done = sealift(root, "list", "--kind", "addons")
    assert "3.0 kB" in done.stdout
    assert "node " not in done.stdout


def test_list_as_json(root: Path) -> None:
    entries = read_json(root, "list")["entries"]
    assert names(entries) == {NODE, ADDON}
    assert {(entry["kind"], entry["size"]) for entry in entries} == {
        ("node", 5_000_000),
        ("addons", 3000),
    }
    expected = time.strftime("%Y-%m-%d", time.gmtime(time.time() - DAY))
    assert entries[0]["lastUsed"].startswith(expected)


def test_prune_by_age(root: Path) -> None:
    assert names(read_json(root, "prune", "--dry-run")["removed"]) == {ADDON}
    assert (root / ADDON).exists()
    assert names(read_json(root, "prune")["removed"]) == {ADDON}
    assert not (root / ADDON).exists()
    assert names(read_json(root, "prune", "--older-than", "0.5")["removed"]) == {NODE}


def test_prune_by_size(root: Path) -> None:
    assert names(read_json(root, "prune", "--max-size", "5.1MB")["removed"]) == set()
    assert names(read_json(root, "prune", "--max-size", "5MB")["removed"]) == {ADDON}
    done = sealift(root, "prune", "--max-size", "1kB")
    assert done.stdout == f"Removed 1 entry, 5.0 MB, from {root}\n"


def test_a_size_that_is_not_one(root: Path) -> None:
    done = sealift(root, "prune", "--max-size", "much")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'much' is not a size." in done.stderr


def test_clear(root: Path) -> None:
    assert names(read_json(root, "clear", "--kind", "addons")["removed"]) == {ADDON}
    assert names(read_json(root, "clear")["removed"]) == {NODE}
    assert read_json(root, "list")["entries"] == []


def test_a_cache_that_does_not_exist(tmp_path: Path) -> None:
    root = tmp_path / "missing"
    assert read_json(root, "list")["entries"] == []
    assert read_json(root, "prune")["removed"] == []
    assert read_json(root, "clear")["removed"] == []
    assert sealift(root, "list").returncode == 0
    assert not root.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="missing: such file names")
def test_names_cannot_control_the_terminal(tmp_path: Path) -> None:
    root = tmp_path / "a\x1b[31m\u202eb"
    fill(root)
    (root / "addons" / "c\x07\u2066d-1.0.0-0123").mkdir(parents=True)
    for command in (["list", "-v"], ["prune", "--older-than", "0", "--dry-run"], ["clear"]):
        done = sealift(root, *command)
        assert not set("\x1b\x07\u202e\u2066") & set(done.stdout + done.stderr)
        assert "a\\x1b[31m\\u202eb" in done.stdout


def test_a_cache_that_is_a_file(tmp_path: Path) -> None:
    root = tmp_path / "file"
    root.write_text("")
    assert read_json(root, "list")["entries"] == []
    assert read_json(root, "clear")["removed"] == []
    assert root.is_file()


def test_a_damaged_cache(root: Path) -> None:
    (root / NODE / "entry.json").write_text("{")
    (root / "nodes" / "24.20.0-linux-x64-npm").write_text("a file in place of a directory")
    (root / "nodes" / "24.21.0-linux-x64-npm").symlink_to("nowhere")
    (root / "bytecode").write_text("a file in place of a directory")
    (root / "index").symlink_to(root)
    assert len(read_json(root, "list")["entries"]) == 4
    assert len(read_json(root, "clear")["removed"]) == 4
    assert read_json(root, "list")["entries"] == []


def test_a_directory_that_sealift_did_not_make(root: Path) -> None:
    (root / "locks").rmdir()
    done = sealift(root, "clear")
    assert (done.returncode, done.stdout) == (2, "")
    assert "sealift did not make" in done.stderr
    assert (root / NODE).exists()


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A cache that cannot be written."""
    if os.name == "nt":
        pytest.skip("Windows has no such modes")
    above = Path(tempfile.mkdtemp(prefix="sealift-read-only-"))
    root = above / "cache"
    root.mkdir()
    fill(root)
    tree = [above, root, *root.rglob("*")]
    for path in tree:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield root
    for path in tree:
        path.chmod(stat.S_IRWXU)
    shutil.rmtree(above)


# Root may write everywhere, so it becomes another user, once all modules are imported.
AS_ANOTHER_USER = """
import os, sys, filelock, json, msgspec, shutil
import sealift.cache
from sealift.cli import main
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
main(["cache", *sys.argv[1:]])
"""


def test_a_cache_that_cannot_be_written(read_only: Path) -> None:
    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", AS_ANOTHER_USER, command, "--json", "--cache", read_only],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    done = run("list")
    assert done.returncode == 0, done.stderr
    assert names(json.loads(done.stdout)["entries"]) == {NODE, ADDON}
    done = run("clear")
    assert done.returncode == 4, done.stderr
    assert names(json.loads(done.stdout)["kept"]) == {NODE, ADDON}
    assert "2 of the chosen cache entries were not removed" in done.stderr
    assert "Permission denied" in done.stderr
    assert (read_only / NODE / "file").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_cache_that_others_can_write(root: Path) -> None:
    root.chmod(0o777)
    for command in ("list", "prune", "clear"):
        done = sealift(root, command)
        assert (done.returncode, done.stdout) == (4, "")
        assert "other users can write" in done.stderr
    assert (root / NODE).exists()


def test_every_kind_has_a_description() -> None:
    assert set(KINDS) == set(Kind)

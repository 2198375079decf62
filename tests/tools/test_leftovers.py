"""What killed processes have left is removed, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sealift.tools.leftovers import lock, sweep_directories, sweep_files, sweep_unpacked

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="missing: flock")

DAY = 86_400
RANDOM = "0123456789abcdef"


@pytest.fixture(scope="module")
def ended() -> int:
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def put(path: Path, *, age: float = 0) -> Path:
    """Make a directory, or a file if the name begins with a dot, that has an age in seconds."""
    if path.name.startswith("."):
        path.write_text("content")
    else:
        path.mkdir()
        (path / "file").write_text("content")
    then = path.stat().st_mtime - age
    os.utime(path, (then, then))
    return path


def sweep(folder: Path) -> None:
    sweep_directories(folder)
    sweep_files(folder)


def test_remains_of_an_ended_process_are_removed(tmp_path: Path, ended: int) -> None:
    put(tmp_path / f"sealift-{ended}-{RANDOM}")
    put(tmp_path / f".app.exe.sealift-{ended}-{RANDOM}.tmp")
    sweep(tmp_path)
    assert names(tmp_path) == set()


def test_directories_that_were_being_unpacked(tmp_path: Path, ended: int) -> None:
    for number in (ended, os.getpid()):
        unfinished = tmp_path / f".out.sealift-{number}-{RANDOM}.tmp"
        unfinished.mkdir()
        (unfinished / "file").write_text("content")
    sweep_unpacked(tmp_path)
    assert names(tmp_path) == {f".out.sealift-{os.getpid()}-{RANDOM}.tmp"}


def test_files_of_a_running_process_stay_for_a_day(tmp_path: Path) -> None:
    own = os.getpid()
    young = {put(tmp_path / f"sealift-{own}-{RANDOM}", age=DAY - 60).name}
    young.add(put(tmp_path / f".app.sealift-{own}-{RANDOM}.tmp", age=DAY - 60).name)
    put(tmp_path / f"sealift-{own}-{RANDOM[::-1]}", age=DAY + 60)
    put(tmp_path / f".app.sealift-{own}-{RANDOM[::-1]}.tmp", age=DAY + 60)
    sweep(tmp_path)
    assert names(tmp_path) == young


def test_names_of_earlier_versions_are_removed_after_a_day(tmp_path: Path) -> None:
    old = ("sealift-abcd_123", "sealift-npm-abcd_123", ".app.sealift-01234567.tmp")
    for name in old:
        put(tmp_path / name)
    sweep(tmp_path)
    assert names(tmp_path) == set(old)
    for name in old:
        os.utime(tmp_path / name, (0, 0))
    sweep(tmp_path)
    assert names(tmp_path) == set()


def test_what_is_locked_stays(tmp_path: Path, ended: int) -> None:
    paths = (f"sealift-{ended}-{RANDOM}", f".app.sealift-{ended}-{RANDOM}.tmp")
    descriptors = [os.open(put(tmp_path / name), os.O_RDONLY) for name in paths]
    for descriptor in descriptors:
        lock(descriptor)
    sweep(tmp_path)
    assert names(tmp_path) == set(paths)
    for descriptor in descriptors:
        os.close(descriptor)
    sweep(tmp_path)
    assert names(tmp_path) == set()


def test_other_names_and_kinds_stay(tmp_path: Path, ended: int) -> None:
    outside = put(tmp_path / "outside")
    folder = tmp_path / "folder"
    folder.mkdir()
    put(folder / "sealift-notes", age=2 * DAY)
    put(folder / "sealift-1-2", age=2 * DAY)
    put(folder / ".app.tmp", age=2 * DAY)
    (folder / f"sealift-{ended}-{RANDOM}").symlink_to(outside)
    (folder / f".a.sealift-{ended}-{RANDOM}.tmp").symlink_to(outside / "file")
    os.mkfifo(folder / f".b.sealift-{ended}-{RANDOM}.tmp")
    (folder / f".c.sealift-{ended}-{RANDOM}.tmp").mkdir()
    before = names(folder)
    sweep(folder)
    assert names(folder) == before
    assert names(outside) == {"file"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="missing: root")
def test_files_of_other_users_stay(tmp_path: Path, ended: int) -> None:
    for name in (f"sealift-{ended}-{RANDOM}", f".a.sealift-{ended}-{RANDOM}.tmp"):
        os.chown(put(tmp_path / name, age=2 * DAY), 12345, 12345)
    before = names(tmp_path)
    sweep(tmp_path)
    assert names(tmp_path) == before


def test_a_directory_that_cannot_be_listed_is_no_error(tmp_path: Path) -> None:
    sweep(tmp_path / "missing")

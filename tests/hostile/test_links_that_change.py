"""Symbolic links that appear between the moment when a path is checked and when it is read."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.errors import ProjectError
from sealift.model import SilentObserver
from sealift.payload import pack
from sealift.tools import input_files
from support.hostile_projects import read_with
from support.project_trees import plant

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows needs rights to make links")

CODE = "fs.readFileSync(__dirname + '/data/a.txt')"
SWAPPED = {"the file": "data/a.txt", "a directory above": "data"}
SWAPS = 2_500


def swap_for_link(path: Path, target: Path) -> None:
    path.rename(path.with_name(path.name + ".away"))
    path.symlink_to(target)


@pytest.mark.parametrize("swapped", SWAPPED.values(), ids=list(SWAPPED))
def test_before_a_file_is_scanned(
    swapped: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant("== home/private/a.txt\nFOREIGN\n", tmp_path)
    place = tmp_path.resolve() / "home/proj" / swapped
    foreign = tmp_path.resolve() / "home/private" / ("a.txt" if place.suffix else "")
    real_open = os.open

    def swap_first(path: str, *rest: int, **options: int) -> int:
        if str(path).endswith("data/a.txt") and not place.is_symlink():
            swap_for_link(place, foreign)
        return real_open(path, *rest, **options)

    monkeypatch.setattr(os, "open", swap_first)
    project = read_with(CODE, {"data/a.txt": "harmless"}, "", tmp_path)
    assert [file.source.name for file in project.files] == ["index.js", "package.json"]
    assert "file-unreadable" in {finding.code for finding in project.findings}


@pytest.mark.parametrize("swapped", SWAPPED.values(), ids=list(SWAPPED))
def test_before_a_file_is_packed(swapped: str, tmp_path: Path) -> None:
    plant("== home/private/a.txt\nFOREIGN\n", tmp_path)
    project = read_with(CODE, {"data/a.txt": "1234567"}, "", tmp_path)
    place = tmp_path.resolve() / "home/proj" / swapped
    foreign = tmp_path.resolve() / "home/private" / "a.txt"
    status = (tmp_path / "home/proj/data/a.txt").stat()
    os.utime(foreign, ns=(status.st_mtime_ns, status.st_mtime_ns))  # the same size and time
    swap_for_link(place, foreign if place.suffix else foreign.parent)
    with pytest.raises(ProjectError) as caught:
        pack(project, [], "1", tmp_path, SilentObserver())
    assert caught.value.code in ("file-unreadable", "file-changed")


def open_and_read(path: Path) -> bytes:
    with input_files.open_real(path) as stream:
        return stream.read()


def read_first(path: Path) -> bytes:
    with input_files.RealFiles() as real:
        return real.read(path, 100)[0]


def read_next(path: Path) -> bytes:
    with input_files.RealFiles() as real:
        real.read(path.parent.parent / "other.txt", 100)
        real.read(path, 100)
        return real.read(path, 100)[0]


def test_many_files_are_read_as_each_alone(tmp_path: Path) -> None:
    top = tmp_path.resolve()
    plant("== a/1.txt\none\n== a/2.txt\ntwo\n== b/3.txt\nthree\n", top)
    (top / "a/link.txt").symlink_to(top / "b/3.txt")
    (top / "linked").symlink_to("b")
    os.mkfifo(top / "a/fifo")
    paths = [top / name for name in ("a/1.txt", "a/2.txt", "b/3.txt", "a/1.txt")]
    with input_files.RealFiles() as real:
        for path in paths:
            data, status = real.read(path, 100)
            assert (data, status.st_size) == (path.read_bytes(), path.stat().st_size)
            assert real.read(path, 2)[0] == path.read_bytes()[:2]
        for name in ("a/link.txt", "linked/3.txt", "a/missing.txt", "missing/1.txt"):
            with pytest.raises(OSError, match="Errno"):
                real.read(top / name, 100)
        with pytest.raises(input_files.NotRegularError):
            real.read(top / "a/fifo", 100)
        assert real.read(top / "a/1.txt", 100)[0] == (top / "a/1.txt").read_bytes()


@pytest.mark.parametrize("read", [open_and_read, read_first, read_next])
@pytest.mark.parametrize("descriptors", ["/proc/self/fd/", "/nowhere/"])
def test_ten_thousand_swaps(
    descriptors: str,
    read: Callable[[Path], bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A directory changes all the time between the package's own and a link to a foreign one."""
    monkeypatch.setattr(input_files, "_DESCRIPTORS", descriptors)
    top = tmp_path.resolve()
    plant("== own/a.txt\nharmless\n== private/a.txt\nFOREIGN\n== other.txt\nother\n", top)
    (top / "link").symlink_to("private")
    done = threading.Event()

    def swap() -> None:
        for _ in range(SWAPS):
            (top / "own").rename(top / "away")
            (top / "link").rename(top / "own")
            (top / "own").rename(top / "link")
            (top / "away").rename(top / "own")
        done.set()

    thread = threading.Thread(target=swap)
    thread.start()
    outcomes = set()
    while not done.is_set():
        try:
            outcomes.add(read(top / "own/a.txt"))
        except OSError:
            outcomes.add(b"")
    thread.join()
    assert outcomes <= {b"harmless", b""}
    assert b"harmless" in outcomes

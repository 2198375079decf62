"""Cached files that another user could have planted, or that are no files, count as missing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from rigs.capability import lacking
from sealift.bytecode.cache_files import CacheFiles
from sealift.cache import Store, places, read_record, read_trusted, write_record
from sealift.errors import NodeError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no owners of this kind")

NOBODY = 65534


class Answer(msgspec.Struct):
    """Something that is remembered."""

    text: str


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "cache"
    root.mkdir(mode=0o700)
    return root


def readers(root: Path) -> dict[Path, Callable[[], object]]:
    """Write a sealed file and a record; return how each is read, by its path."""
    sealed: CacheFiles[Answer] = CacheFiles(root / "bytecode", b"TEST", 1, Answer)
    sealed.store("ab/name", Answer("sealed"))
    record = root / "index" / "name.json"
    write_record(record, Answer("record"))
    return {
        root / "bytecode/ab/name": lambda: sealed.load("ab/name"),
        record: lambda: read_record(record, Answer),
    }


def give_away(path: Path) -> None:
    if os.geteuid():
        lacking("root, to make another user's file")
    os.chown(path, NOBODY, -1)


def replace_by_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def replace_by_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.chmod(0o666),
        lambda path: path.parent.chmod(0o777),
        give_away,
        lambda path: give_away(path.parent),
        replace_by_fifo,
        replace_by_device,
    ],
    ids=["open", "open-directory", "others", "others-directory", "fifo", "device"],
)
def test_what_others_could_have_planted_is_missing(
    harm: Callable[[Path], None], root: Path
) -> None:
    for path, read in readers(root).items():
        assert read() is not None
        harm(path)
        assert read() is None


@pytest.mark.parametrize("place", [places.BYTECODE, places.TYPESCRIPT, places.TRANSFORM])
def test_a_directory_that_others_can_change_is_refused(place: places.Place, root: Path) -> None:
    directory = root / place.directory
    directory.mkdir(mode=0o700)
    assert Store(root).directory(place) == directory
    directory.chmod(0o1777)
    with pytest.raises(NodeError) as raised:
        Store(root).directory(place)
    assert raised.value.code == "cache-untrusted"
    assert str(directory) in raised.value.message


def test_a_cache_behind_a_link_of_the_user_is_read(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    (root / "file").write_bytes(b"content")
    assert read_trusted(tmp_path / "link" / "file", tmp_path / "link") == b"content"

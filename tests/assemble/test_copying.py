"""Sharing a Node binary's blocks changes no byte; digests are those of what was written."""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from assemble.sample import build
from sealift.assemble.copying import Source, clone_start
from sealift.assemble.trailing_digest import TrailingDigest
from sealift.errors import NodeError
from support.executables import node_at, small_node

CHANGED = NodeError("changed", "It has changed.", "Build again.")


@pytest.fixture
def clones(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of the ranges that a file system, which this one stands in for, has cloned."""
    lengths = []

    def clone(target: int, request: int, argument: bytes) -> int:
        source, offset, length, place = struct.unpack("=qQQQ", argument)
        assert (request, offset, place) == (0x4020940D, 0, 0)
        assert length % 4096 == 0 and os.fstat(target).st_size == 0
        os.pwrite(target, os.pread(source, length, 0), 0)
        lengths.append(length)
        return 0

    monkeypatch.setattr(fcntl, "ioctl", clone)
    return lengths


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has FICLONERANGE")
@pytest.mark.parametrize("platform", ["linux", "macos", "win"])
def test_the_bytes_are_the_same_if_blocks_are_shared(
    platform: str,
    node_binary: Callable[[str, str, str], Path],
    clones: list[int],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    node = node_at(node_binary("24", platform, "x64"))
    shared = build(node, tmp_path / "shared", tmp_path)
    assert clones and clones[0] > node.size // 2
    monkeypatch.undo()
    assert build(node, tmp_path / "copied", tmp_path) == shared


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has FICLONERANGE")
def test_the_bytes_of_a_small_binary_are_the_same(clones: list[int], tmp_path: Path) -> None:
    node = small_node(tmp_path)
    digest = build(node, tmp_path / "one", tmp_path)
    assert hashlib.sha256((tmp_path / "one").read_bytes()).hexdigest() == digest


def test_where_blocks_cannot_be_shared_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "ioctl", refuse)
    (tmp_path / "source").write_bytes(bytes(1 << 20))
    with Source(tmp_path / "source", CHANGED) as source, (tmp_path / "target").open("wb") as target:
        assert clone_start(source, target.fileno(), 1 << 20) == 0
    assert (tmp_path / "target").stat().st_size == 0


def test_a_digest_follows_the_writer(tmp_path: Path) -> None:
    path, data = tmp_path / "file", os.urandom(3 << 20)
    with path.open("wb", buffering=0) as file, TrailingDigest(path) as digest:
        for start in range(0, len(data), 700_000):
            file.write(data[start : start + 700_000])
            digest.reach(file.tell())
        assert digest.finish() == hashlib.sha256(data).hexdigest()


def test_a_digest_of_a_file_that_lacks_bytes_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"short")
    with TrailingDigest(tmp_path / "file") as digest:
        digest.reach(6)
        with pytest.raises(OSError, match="shorter"):
            digest.finish()


def test_a_digest_that_nobody_finishes_leaves_no_thread(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ZeroDivisionError), TrailingDigest(tmp_path / "file"):
        raise ZeroDivisionError
    assert not [one for one in threading.enumerate() if one.name.startswith("digest")]

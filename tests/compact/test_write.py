"""Compact files of small executables: the layout, the cache of parts, and what is refused."""

from __future__ import annotations

import hashlib
import io
import random
import struct
import zlib
from pathlib import Path

import brotli
import pytest

from sealift.compact import write_compact
from sealift.compact.filters import Filter
from sealift.compact.layout import Frame, trailer
from sealift.errors import FormatError, OutputError
from sealift.model import SilentObserver
from sealift.target import Arch
from sealift.target_build import Front
from sealift.verify import read_compact, unpack_compact, verify_compact
from support.equipment import FindNode
from support.executables import node_at, small_node, write_executable

TRAILER = 328


@pytest.fixture
def front(tmp_path: Path) -> Front:
    path = tmp_path / "front"
    path.write_bytes(b"a front")
    return Front(Arch.X64, path, 7, "", "1.2.1", tmp_path / "parts")


@pytest.fixture
def executable(tmp_path: Path) -> Path:
    return write_executable([], small_node(tmp_path), tmp_path / "executable")


def compact(path: Path, executable: Path, front: Front) -> str:
    sha256 = hashlib.sha256(executable.read_bytes()).hexdigest()
    with path.open("wb") as out:
        write_compact(out, executable, sha256, front, SilentObserver(), quality=1)
    return sha256


def test_a_compact_file_has_the_executable(tmp_path: Path, executable: Path, front: Front) -> None:
    path = tmp_path / "compact"
    sha256 = compact(path, executable, front)
    whole = hashlib.sha256(path.read_bytes()).hexdigest()
    assert verify_compact(path, front.path, sha256, executable.stat().st_size) == whole
    out = io.BytesIO()
    with path.open("rb") as file:
        found = read_compact(file)
        assert found is not None
        unpack_compact(file, found, out)
    assert out.getvalue() == executable.read_bytes()


def test_the_same_bytes_with_and_without_a_cache(
    tmp_path: Path, executable: Path, front: Front
) -> None:
    compact(tmp_path / "first", executable, front)
    cached = sorted(front.parts.glob("*.part"))
    assert cached
    compact(tmp_path / "second", executable, front)
    cached[0].write_bytes(cached[0].read_bytes()[:-1])  # a damaged entry is made again
    compact(tmp_path / "third", executable, front)
    contents = {(tmp_path / name).read_bytes() for name in ("first", "second", "third")}
    assert len(contents) == 1


class Progress(SilentObserver):
    """Keeps each amount that it is notified of."""

    def __init__(self) -> None:
        self.amounts: list[int] = []

    def advance(self, amount: int) -> None:
        self.amounts.append(amount)


def test_progress_inside_the_parts_of_node(
    tmp_path: Path, node_binary: FindNode, front: Front
) -> None:
    node = node_at(node_binary("24.19.0", "linux", "x64"))
    executable = write_executable([], node, tmp_path / "executable")
    sha256 = hashlib.sha256(executable.read_bytes()).hexdigest()
    size = executable.stat().st_size
    for name in ("first", "from the cache"):
        progress = Progress()
        with (tmp_path / name).open("wb") as out:
            write_compact(out, executable, sha256, front, progress, quality=1)
        assert sum(progress.amounts) == size
        if name == "first":
            assert max(progress.amounts) <= 1 << 20 < node.size / 50


def test_a_cache_that_cannot_be_written_is_no_error(
    tmp_path: Path, executable: Path, front: Front
) -> None:
    front.parts.write_text("a file is in its place")
    sha256 = compact(tmp_path / "compact", executable, front)
    verify_compact(tmp_path / "compact", front.path, sha256, executable.stat().st_size)


def test_an_executable_that_the_front_would_refuse(
    tmp_path: Path, executable: Path, front: Front
) -> None:
    with executable.open("r+b") as file:
        file.truncate((1 << 32) + 1)
    with pytest.raises(OutputError) as caught, (tmp_path / "compact").open("wb") as out:
        write_compact(out, executable, "00" * 32, front, SilentObserver())
    assert caught.value.code == "compact-too-large"


def test_changed_bytes_are_found(tmp_path: Path, executable: Path, front: Front) -> None:
    path = tmp_path / "compact"
    sha256 = compact(path, executable, front)
    content, size = path.read_bytes(), executable.stat().st_size
    outside = [*range(7), *range(len(content) - TRAILER, len(content))]
    inside = range(7, len(content) - TRAILER)
    for place in [*outside, *random.Random(2).sample(inside, 150)]:
        changed = bytearray(content)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(FormatError):
            verify_compact(path, front.path, sha256, size)


@pytest.mark.parametrize("missing", [1, 100, TRAILER, TRAILER + 1])
def test_a_truncated_file_is_found(
    missing: int, tmp_path: Path, executable: Path, front: Front
) -> None:
    front.path.write_bytes(b"a front with SEALIFT-COMPACT\x02 in it")  # as each front has
    path = tmp_path / "compact"
    compact(path, executable, front)
    path.write_bytes(path.read_bytes()[:-missing])
    with path.open("rb") as file, pytest.raises(FormatError, match="without its end"):
        read_compact(file)


def test_other_files_are_no_compact_files(executable: Path) -> None:
    with executable.open("rb") as file:
        assert read_compact(file) is None
    assert read_compact(io.BytesIO(b"short")) is None


@pytest.mark.parametrize(
    "row",
    [
        (8, 4, 4, 0, 0),  # begins behind the front of 7 bytes, but there is a hole
        (7, 5, 4, 0, 0),  # reaches into the trailer
        (7, 4, 5, 0, 0),  # another size than that of the executable
        (1 << 63, 4, 4, 0, 0),
    ],
)
def test_a_trailer_that_contradicts_the_file_is_refused(row: tuple[int, ...]) -> None:
    good = trailer("00" * 32, [Frame(7, 4, 4, Filter.NONE, 0)])
    body = good[:64] + struct.pack("<3Q2I", *row) + good[96:-4]
    data = bytes(11) + body + zlib.crc32(body).to_bytes(4, "little")
    with pytest.raises(FormatError):
        found = read_compact(io.BytesIO(data))
        assert found is not None
        unpack_compact(io.BytesIO(data), found, io.BytesIO())


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        brotli.compress(b"content")[:-1],
        brotli.compress(b"content") + b"x",  # in the same read
        brotli.compress(b"content") + bytes(1 << 20),  # in the next read
        brotli.compress(b"contents"),
        brotli.compress(b"conten"),
        b"\xff" * 20,
    ],
)
def test_frames_that_are_not_one_stream_of_their_size(stored: bytes) -> None:
    frame = Frame(0, len(stored), len(b"content"), Filter.NONE, zlib.crc32(stored))
    file = io.BytesIO(stored + trailer(hashlib.sha256(b"content").hexdigest(), [frame]))
    found = read_compact(file)
    assert found is not None
    with pytest.raises(FormatError):
        unpack_compact(file, found, io.BytesIO())

"""Tables that another program wrote: their reading takes time and memory in proportion."""

from __future__ import annotations

import struct
import tracemalloc

import pytest

from sealift.errors import FormatError
from sealift.payload.stored_content import LARGEST_COMPRESSED, has_right_length
from sealift.payload.table_reader import read_table

RECORD = struct.Struct("<IHBBIBBHQQQIIII")
COUNT = 3000
DIRECTORY, FILE, LINK = 0, 1, 2


def record(
    *,
    name: tuple[int, int],
    kind: int,
    first: int = 0,
    second: int = 0,
    size: int = 0,
    codec: int = 0,
    links: tuple[int, int] = (0, 0),
    parent: int = 0,
    crc32: int = 0,
) -> bytes:
    return RECORD.pack(
        *name, kind, 0, 0o644, codec, 0, 0, first, second, size, *links, parent, crc32
    )


def table(records: list[bytes], pool: bytes) -> bytes:
    start = 16 + len(records) * RECORD.size
    return struct.pack("<4sIII", b"SLT2", len(records), start, len(pool)) + b"".join(records) + pool


def in_mount_point(children: list[bytes]) -> list[bytes]:
    return [record(name=(0, 0), kind=DIRECTORY, first=1, second=len(children)), *children]


def names(count: int) -> tuple[list[tuple[int, int]], bytes]:
    """Return the places of as many names, sorted, and the pool."""
    return [(4 * number, 4) for number in range(count)], b"".join(
        b"%04d" % number for number in range(count)
    )


def deep() -> tuple[bytes, bytes]:
    """Return directories in each other: together their locations have a gigabyte."""
    count = 6 * COUNT
    records = [
        record(
            name=(0, 60 if number else 0),
            kind=DIRECTORY,
            first=number + 1,
            second=int(number < count - 1),
            parent=max(number - 1, 0),
        )
        for number in range(count)
    ]
    return table(records, b"d" * 60), b""


def one_fragment() -> tuple[bytes, bytes]:
    """Return files that all have the same large resolutions."""
    places, pool = names(COUNT)
    fragment = b'{"require":{%s}}' % b",".join(b'"%06d":null' % n for n in range(50_000))
    files = [record(name=place, kind=FILE, links=(0, len(fragment))) for place in places]
    return table(in_mount_point(files), pool), fragment


def one_target() -> tuple[bytes, bytes]:
    """Return links that all lead to the same long path."""
    places, pool = names(COUNT)
    target = b"t" * (1 << 20)
    links = [record(name=place, kind=LINK, first=len(pool), second=len(target)) for place in places]
    return table(in_mount_point(links), pool + target), b""


def overlapping() -> tuple[bytes, bytes]:
    """Return files, each with all of the contents but one byte more."""
    places, pool = names(COUNT)
    files = [
        record(name=place, kind=FILE, first=at, second=10**6 - at, size=10**6 - at)
        for at, place in enumerate(places)
    ]
    return table(in_mount_point(files), pool), b""


def expanding() -> tuple[bytes, bytes]:
    """Return a file of a few bytes that becomes an exabyte."""
    file = record(name=(0, 4), kind=FILE, second=100, size=1 << 60, codec=1)
    return table(in_mount_point([file]), b"file"), b""


def two_sizes() -> tuple[bytes, bytes]:
    """Return files with the same stored bytes and different contents."""
    places, pool = names(2)
    files = [
        record(name=place, kind=FILE, second=100, size=1000 + at, codec=1)
        for at, place in enumerate(places)
    ]
    return table(in_mount_point(files), pool), b""


@pytest.mark.parametrize(
    "bomb", [deep, one_fragment, one_target, overlapping, expanding, two_sizes]
)
def test_bombs_are_refused_with_little_memory(bomb: object) -> None:
    assert callable(bomb)
    data, links = bomb()
    tracemalloc.start()
    try:
        with pytest.raises(FormatError):
            read_table(data, links, 10**6)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 32 * (len(data) + len(links)) + (64 << 20)


def test_equal_contents_and_shared_names_are_no_bombs() -> None:
    places, pool = names(2)
    files = [record(name=place, kind=FILE, second=100, size=100) for place in places]
    assert len(read_table(table(in_mount_point(files), pool), b"", 100)) == 3
    rows = [
        record(name=(0, 0), kind=DIRECTORY, first=1, second=2),
        record(name=(0, 1), kind=DIRECTORY, first=3, second=1),
        record(name=(1, 1), kind=DIRECTORY, first=4, second=1),
        *(record(name=(2, 8), kind=FILE, parent=parent) for parent in (1, 2)),
    ]
    found = read_table(table(rows, b"abindex.js"), b"", 0)
    assert [one.location for one in found] == ["", "a", "b", "a/index.js", "b/index.js"]


def test_what_may_be_compressed() -> None:
    assert has_right_length(1, 100, LARGEST_COMPRESSED)
    assert not has_right_length(1, 100, LARGEST_COMPRESSED + 1)
    assert has_right_length(0, 1 << 40, 1 << 40)

"""A part of a file reads as a file of its own."""

from __future__ import annotations

import io

import pytest

from sealift.tools.file_part import FilePart


def test_it_reads_its_own_bytes_only() -> None:
    part = io.BufferedReader(FilePart(io.BytesIO(bytes(range(100))), 10, 20))
    assert part.read() == bytes(range(10, 30))
    assert part.seek(0, io.SEEK_END) == 20
    assert part.read(5) == b""
    assert part.seek(-3, io.SEEK_END) == 17
    assert part.read(100) == bytes(range(27, 30))
    assert part.seek(2) == 2
    assert part.read(1) == b"\x0c"


def test_a_part_that_the_file_does_not_have_ends_early() -> None:
    assert FilePart(io.BytesIO(b"abc"), 1, 10).read() == b"bc"


def test_offsets_before_it_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        FilePart(io.BytesIO(b"abc"), 1, 2).seek(-1)

"""The bounded reader returns exactly what is in its range, and an error for everything else."""

from __future__ import annotations

import io
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.errors import FormatError
from sealift.formats import messages
from sealift.formats.bounded_reader import BoundedReader

BROKEN = partial(messages.SHARED_OBJECT_BROKEN.error, name="a.node")
OFFSETS = st.one_of(st.integers(-5, 40), st.sampled_from([1 << 31, 1 << 63, 1 << 64, -(1 << 70)]))


@given(st.binary(max_size=30), OFFSETS, OFFSETS, OFFSETS, OFFSETS)
def test_nothing_outside_of_the_range_is_read(
    data: bytes, start: int, size: int, offset: int, length: int
) -> None:
    fits = start >= 0 and size >= 0 and start + size <= len(data)
    if not fits:
        with pytest.raises(FormatError, match=r"a\.node is broken: it ends too early"):
            BoundedReader(io.BytesIO(data), BROKEN, start, size)
        return
    reader = BoundedReader(io.BytesIO(data), BROKEN, start, size)
    expected = data[start : start + size]
    if offset >= 0 and length >= 0 and offset + length <= size:
        assert reader.read(offset, length) == expected[offset : offset + length]
        assert reader.part(offset, length).read(0, length) == expected[offset : offset + length]
        return
    for method in (reader.read, reader.check, reader.part):
        with pytest.raises(FormatError, match="it ends too early"):
            method(offset, length)


def test_numbers() -> None:
    reader = BoundedReader(io.BytesIO(b"xx\x01\x02\x03\x04\x05\x06"), BROKEN, 2)
    assert reader.numbers("<HI", 0) == (0x0201, 0x06050403)
    assert reader.numbers(">H", 4) == (0x0506,)
    with pytest.raises(FormatError):
        reader.numbers("<I", 3)


@pytest.mark.parametrize("length", [0, 1, 255, 256, 257, 4000])
def test_text_ends_at_the_next_zero_byte(length: int) -> None:
    reader = BoundedReader(io.BytesIO(b"?" + b"t" * length + b"\0rest"), BROKEN, 1)
    assert reader.text(0) == b"t" * length


@pytest.mark.parametrize("data", [b"", b"endless", b"t" * 10_000 + b"\0"], ids=["0", "7", "10000"])
def test_text_without_an_end_is_broken(data: bytes) -> None:
    with pytest.raises(FormatError, match="a name has no end"):
        BoundedReader(io.BytesIO(data), BROKEN).text(0)


def test_a_file_that_became_shorter_is_broken() -> None:
    file = io.BytesIO(b"0123456789")
    reader = BoundedReader(file, BROKEN)
    file.truncate(4)
    assert reader.read(0, 4) == b"0123"
    with pytest.raises(FormatError, match="it ends too early"):
        reader.read(2, 4)

"""Compare byte ranges of files, a chunk at a time."""

from __future__ import annotations

import os
from typing import BinaryIO

from sealift.errors import FormatError
from sealift.verify.messages import VERIFICATION_FAILED

_CHUNK = 1 << 20
_COMPARED = 128 << 10  # bytes at a time: both sides stay in the processor's cache


def wrong(why: str) -> FormatError:
    """Return the error of every check here; nothing has been published when it is raised."""
    return VERIFICATION_FAILED.error(why=why)


def read_exactly(file: BinaryIO, offset: int, size: int) -> bytes:
    """Return ``size`` bytes at ``offset``; raise `wrong` if the file is shorter."""
    # Checked first, because operating systems report absurd offsets with errors of their own.
    end = file.seek(0, os.SEEK_END)
    data = b""
    if 0 <= offset <= offset + size <= end:
        file.seek(offset)
        data = file.read(size)
    if len(data) != size:
        raise wrong(f"{size} bytes are wanted at {offset:#x}, but the file ends before")
    return data


def must_equal(
    file: BinaryIO, offset: int, other: BinaryIO, other_offset: int, size: int, what: str
) -> None:
    """Raise `wrong`, naming ``what``, unless ``size`` bytes of both files are the same."""
    file.seek(offset)
    other.seek(other_offset)
    ours, theirs = bytearray(min(size, _COMPARED)), bytearray(min(size, _COMPARED))
    while size:
        if size < len(ours):
            del ours[size:], theirs[size:]
        if _fill(file, ours) != len(ours) or _fill(other, theirs) != len(ours) or ours != theirs:
            raise wrong(f"{what} differs from what it was made of")
        size -= len(ours)


def _fill(file: BinaryIO, buffer: bytearray) -> int:
    """Read until the buffer is full or the file ends, and return the number of bytes."""
    return int(file.readinto(buffer))  # type: ignore[attr-defined]  # buffered, so it reads all


def must_be_zero(file: BinaryIO, start: int, end: int, where: str) -> None:
    """Raise `wrong`, saying ``where``, unless all bytes from ``start`` to ``end`` are zero."""
    while start < end:
        step = min(end - start, _CHUNK)
        if any(read_exactly(file, start, step)):
            raise wrong(f"there is something {where}")
        start += step

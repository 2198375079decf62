"""Compare byte ranges of files, a chunk at a time."""

from __future__ import annotations

import os
from typing import BinaryIO

from sealift.errors import FormatError
from sealift.verify.messages import VERIFICATION_FAILED

_CHUNK = 1 << 20


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
    while size:
        step = min(size, _CHUNK)
        data = file.read(step)
        if len(data) != step or data != other.read(step):
            raise wrong(f"{what} differs from what it was made of")
        size -= step


def must_be_zero(file: BinaryIO, start: int, end: int, where: str) -> None:
    """Raise `wrong`, saying ``where``, unless all bytes from ``start`` to ``end`` are zero."""
    while start < end:
        step = min(end - start, _CHUNK)
        if any(read_exactly(file, start, step)):
            raise wrong(f"there is something {where}")
        start += step

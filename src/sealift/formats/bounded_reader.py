"""A reader of byte ranges that never leaves its bounds, whatever a file's headers claim."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO, Protocol

from sealift.errors import FormatError

_LONGEST_TEXT = 4096
_STEP = 256


class BrokenFile(Protocol):
    """Return the error for a file that contradicts itself; ``why`` is a clause."""

    def __call__(self, *, why: str) -> FormatError:
        """Return the error."""


class BoundedReader:
    """A file, or a range of it, read at given offsets.

    Every method raises the FormatError of ``broken`` for bytes that are not in the range.

    Attributes:
        start: file offset of the range. All other offsets count from there.
        size: length of the range in bytes.
    """

    def __init__(
        self, file: BinaryIO, broken: BrokenFile, start: int = 0, size: int | None = None
    ) -> None:
        """Read ``size`` bytes from ``start``; the default is everything up to the file's end.

        Raises:
            FormatError: the range is not in the file.
        """
        self._file, self._broken, self.start = file, broken, start
        end = file.seek(0, os.SEEK_END)
        self.size = end - start if size is None else size
        if start < 0 or self.size < 0 or start + self.size > end:
            raise self.broken("it ends too early: it is truncated")

    def part(self, start: int, size: int) -> BoundedReader:
        """Return a reader of a part of the range."""
        self.check(start, size)
        return BoundedReader(self._file, self._broken, self.start + start, size)

    def check(self, offset: int, size: int) -> None:
        """Raise FormatError if ``size`` bytes at ``offset`` are not in the range."""
        # Checked before reading: a huge offset would make `seek` raise OverflowError.
        if offset < 0 or size < 0 or offset + size > self.size:
            raise self.broken("it ends too early: it is truncated")

    def read(self, offset: int, size: int) -> bytes:
        """Return ``size`` bytes."""
        self.check(offset, size)
        self._file.seek(self.start + offset)
        data = self._file.read(size)
        if len(data) != size:
            raise self.broken("it ends too early: it is truncated")
        return data

    def numbers(self, layout: str, offset: int) -> tuple[int, ...]:
        """Return numbers in the layout that `struct` describes."""
        return struct.unpack(layout, self.read(offset, struct.calcsize(layout)))

    def text(self, offset: int) -> bytes:
        """Return the bytes up to the next zero byte, at most some 4 KiB."""
        data = b""
        while b"\0" not in data:
            step = min(_STEP, self.size - offset - len(data))
            if step <= 0 or len(data) > _LONGEST_TEXT:
                raise self.broken("a name has no end")
            data += self.read(offset + len(data), step)
        return data.split(b"\0", 1)[0]

    def broken(self, why: str) -> FormatError:
        """Return the error for a file that contradicts itself; ``why`` is a clause."""
        return self._broken(why=why)

"""A part of an open file, as a file of its own."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO


class FilePart(io.RawIOBase):
    """``size`` bytes of a file from ``start`` on, for reading; offsets count from there."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        super().__init__()
        self._file, self._start, self._size = file, start, size
        self._position = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to an offset, as in other files."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("a negative offset")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Read up to as many bytes as the buffer has."""
        view = memoryview(buffer).cast("B")
        wanted = max(min(len(view), self._size - self._position), 0)
        self._file.seek(self._start + self._position)
        data = self._file.read(wanted)
        view[: len(data)] = data
        self._position += len(data)
        return len(data)


def file_parts(file: BinaryIO, places: Iterable[tuple[int, int]]) -> Iterator[BinaryIO]:
    """Yield the parts at some offsets of a file, with their sizes, each while it is open."""
    for start, size in places:
        with io.BufferedReader(FilePart(file, start, size)) as part:
            yield part

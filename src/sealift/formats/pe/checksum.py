"""The ``CheckSum`` field of a PE file's optional header, as ``CheckSumMappedFile`` computes it."""

from __future__ import annotations

_ROW = 8192  # bytes; Python makes and adds numbers of about this length fastest


class Checksum:
    """Compute the checksum of a file, whose ``CheckSum`` field is zero, while it is written.

    It is the sum of 16-bit words with the carry added back in, plus the file's length. That sum is
    the file as one huge little-endian number, modulo 65535. So rows of bytes are added as long
    numbers, with one division at the end; this is as fast as reading the file.
    """

    def __init__(self) -> None:
        self._sum = 0
        self._size = 0

    def update(self, chunk: bytes | memoryview) -> None:
        """Add the next bytes of the file."""
        view = memoryview(chunk)
        total = 0
        for start in range(0, len(view), _ROW):
            total += int.from_bytes(view[start : start + _ROW], "little")
        self._sum += total << 8 * (self._size % 2)  # an odd start shifts all words by a byte
        self._size += len(view)

    def finish(self) -> int:
        """Return the number to store in the field."""
        folded = self._sum % 0xFFFF
        # A one's complement sum is 0 only if all words are; else it is 0xFFFF.
        return (folded or (0xFFFF if self._sum else 0)) + self._size

"""The ``CheckSum`` of a PE file's optional header (what ``CheckSumMappedFile`` computes)."""

from __future__ import annotations


class Checksum:
    """Sums a file, whose ``CheckSum`` field is zero, while it is written.

    The sum is of 16-bit words with the carry added back in, which is the file as one huge
    little-endian number modulo 65535: so it is taken a chunk at a time, at full speed.
    """

    def __init__(self) -> None:
        self._sum = 0
        self._size = 0

    def update(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        number = int.from_bytes(chunk, "little") % 0xFFFF
        self._sum += number << 8 * (self._size % 2)
        self._size += len(chunk)

    def finish(self) -> int:
        """Return the number to store in the field."""
        folded = self._sum % 0xFFFF
        # A one's complement sum is 0 only if all words are; else it is 0xFFFF.
        return (folded or (0xFFFF if self._sum else 0)) + self._size

"""V8's variable-length numbers (``Uint30`` of src/snapshot/snapshot-source-sink.h).

The low 2 bits of the first byte say how many bytes follow it, 0 to 3; the number is the whole, read
as little-endian, without these 2 bits. V8 writes the shortest form.
"""

from __future__ import annotations

LARGEST = (1 << 30) - 1


def read_uint30(data: bytes, at: int) -> tuple[int, int]:
    """Read the number at ``at``; give it and the offset behind it.

    Raises:
        IndexError: ``data`` ends before it does.
    """
    end = at + (data[at] & 3) + 1
    if end > len(data):
        raise IndexError(end)
    return int.from_bytes(data[at:end], "little") >> 2, end


def write_uint30(value: int) -> bytes:
    """Give the shortest form of a number from 0 to `LARGEST`."""
    if not 0 <= value <= LARGEST:
        raise ValueError(f"not a Uint30: {value}")
    extra = (value >= 1 << 6) + (value >= 1 << 14) + (value >= 1 << 22)
    return (value << 2 | extra).to_bytes(extra + 1, "little")

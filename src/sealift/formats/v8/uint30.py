"""V8's variable-length numbers (``Uint30`` of src/snapshot/snapshot-source-sink.h).

The low 2 bits of the first byte are the number of bytes that follow it, 0 to 3. All bytes together,
little-endian and without these 2 bits, are the number. V8 writes the shortest form.
"""

from __future__ import annotations

LARGEST = (1 << 30) - 1


def read_uint30(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at ``at``, and the offset behind it.

    Raises:
        IndexError: ``data`` ends before the number does.
    """
    end = at + (data[at] & 3) + 1
    if end > len(data):
        raise IndexError(end)
    return int.from_bytes(data[at:end], "little") >> 2, end


def write_uint30(value: int) -> bytes:
    """Return the shortest form of a number from 0 to `LARGEST`.

    Raises:
        ValueError: the number is not in that range.
    """
    if not 0 <= value <= LARGEST:
        raise ValueError(f"not a Uint30: {value}")
    extra = (value >= 1 << 6) + (value >= 1 << 14) + (value >= 1 << 22)
    return (value << 2 | extra).to_bytes(extra + 1, "little")

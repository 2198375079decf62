r"""The layout of a compact file.

It is the front, an ELF file; then the frames, one behind another; then the trailer, the last 328
bytes of the file. All numbers are little-endian::

    offset  size
         0    16  magic: b"SEALIFT-COMPACT\x02"
        16    32  SHA-256 of the executable
        48     8  size of the executable
        56     8  number of frames, 1 to 8
        64  8*32  for each: its offset in this file, the bytes that it takes, the bytes that it
                  becomes, 8 bytes each; its filter (0: none, 1: x64, 2: arm64, 3: unwind tables)
                  and the CRC-32 of the bytes that it takes, 4 bytes each; zeros for those that
                  are not used
       320     4  zero
       324     4  CRC-32 of the trailer's bytes before

A frame is one stream of Brotli (RFC 7932). The frames' contents, their filters undone, are the
executable. `filters` and `unwind_tables` describe the filters.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

from msgspec import Struct

from sealift.compact.filters import Filter
from sealift.target import Arch

MAGIC = b"SEALIFT-COMPACT\x02"
MOST_FRAMES = 8
MACHINES = {Arch.X64: Filter.X64, Arch.ARM64: Filter.ARM64}
"""Architectures for which there is a front, and the filter of their machine code."""

_HEAD = struct.Struct("<16s32sQQ")
_FRAME = struct.Struct("<3Q2I")


class Frame(Struct, frozen=True):
    """One frame of a compact file.

    Attributes:
        offset: in the file.
        stored: bytes that it takes.
        size: bytes that it becomes.
        filter: what was done to them before.
        checksum: CRC-32 of the bytes that it takes.
    """

    offset: int
    stored: int
    size: int
    filter: Filter
    checksum: int


def trailer(sha256: str, frames: Sequence[Frame]) -> bytes:
    """Return the trailer for an executable with that SHA-256, in hex."""
    assert 1 <= len(frames) <= MOST_FRAMES
    size = sum(frame.size for frame in frames)
    head = _HEAD.pack(MAGIC, bytes.fromhex(sha256), size, len(frames))
    rows = b"".join(
        _FRAME.pack(frame.offset, frame.stored, frame.size, frame.filter, frame.checksum)
        for frame in frames
    )
    body = head + rows.ljust(MOST_FRAMES * _FRAME.size, b"\0") + bytes(4)
    return body + zlib.crc32(body).to_bytes(4, "little")

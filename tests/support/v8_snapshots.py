"""Snapshots of a V8 whose format is unknown."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from sealift.formats.v8.snapshot import read_snapshot


def snapshot_with_magic(node: Path, magic: int) -> bytes:
    """Return a Node's snapshot with another magic number, as a new V8 would have."""
    with node.open("rb") as file:
        file.seek(read_snapshot(node).offset)
        data = bytearray(file.read(4 << 20))
    (contexts,) = struct.unpack_from("<I", data)
    read_only, *others = struct.unpack_from(f"<{2 + contexts}I", data, 80)
    length = others[-1] + 8 + struct.unpack_from("<I", data, others[-1] + 4)[0]
    for at in (80 + 4 * (2 + contexts), read_only, *others):
        struct.pack_into("<I", data, at, magic)
    struct.pack_into("<I", data, 12, zlib.adler32(data[read_only : others[0]], 0))
    struct.pack_into("<I", data, 8, zlib.adler32(data[12:length], 0))
    return bytes(data[:length])

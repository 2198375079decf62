"""Make small PNG files and icons."""

from __future__ import annotations

import struct
import zlib


def png(width: int, height: int) -> bytes:
    """Return a PNG file of one colour."""
    rows = (b"\0" + b"\x20\x80\xc0\xff" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def bitmap(side: int) -> bytes:
    """Return a bitmap of an icon: colours from bottom to top, then the mask."""
    header = struct.pack("<IiiHHIIiiII", 40, side, 2 * side, 1, 32, 0, 0, 0, 0, 0, 0)
    return header + b"\xc0\x80\x20\xff" * side * side + bytes(side * 4 * -(-side // 32))


def ico(*images: tuple[int, bytes]) -> bytes:
    """Return an icon of square images: the side of each in pixels, and its data."""
    entries, data = b"", b""
    for side, content in images:
        offset = 6 + 16 * len(images) + len(data)
        entries += struct.pack(
            "<BBBBHHII", side % 256, side % 256, 0, 0, 1, 32, len(content), offset
        )
        data += content
    return struct.pack("<HHH", 0, 1, len(images)) + entries + data

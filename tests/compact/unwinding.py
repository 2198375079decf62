"""Unwind tables as linkers write them, made from a list of functions."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from hypothesis import strategies as st

ENCODINGS = b"\x01\x1b\x03\x3b"
Function = tuple[int, int, bytes]
"""Place of its code, size of its code, how it is unwound."""

FUNCTIONS = st.lists(
    st.tuples(st.integers(-(1 << 28), 1 << 28), st.integers(0, 1 << 20), st.binary(max_size=9)),
    max_size=12,
)


def entry(content: bytes) -> bytes:
    content += bytes(-len(content) % 4)
    return struct.pack("<I", len(content)) + content


def tables(functions: Sequence[Function], gap: int = 4) -> bytes:
    """Return ``.eh_frame_hdr``, a gap, and ``.eh_frame``; two entries that others refer to."""
    start = 12 + 8 * len(functions) + gap
    content, listed, common = b"", [], 0
    for number, (code, size, how) in enumerate(functions):
        if number in (0, 5):
            common = start + len(content)
            content += entry(struct.pack("<I", 0) + b"\x01zR\0\x01\x78\x10\x01\x1b" + how[:3])
        place = start + len(content)
        listed.append((code, place))
        content += entry(struct.pack("<IiI", place + 4 - common, code - place - 8, size) + how)
    rows = b"".join(struct.pack("<ii", *row) for row in sorted(listed))
    header = ENCODINGS + struct.pack("<iI", start - 4, len(functions))
    return header + rows + bytes(gap) + content + bytes(4)

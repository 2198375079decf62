r"""The release of Node for which an addon was built that registers itself.

An addon made with ``NODE_MODULE`` calls ``node_module_register`` when it is loaded, with this
record in its data (node.h; a word has the size of a pointer)::

    u32 nm_version: NODE_MODULE_VERSION     u32 nm_flags: 0     word nm_dso_handle: 0
    word nm_filename     word nm_register_func     word nm_context_register_func
    word nm_modname      word nm_priv: 0           word nm_link: 0

No symbol marks the record, but little else in a file is similar: a small number and zeros, then a
pointer to the name of a source file and later one to a single word.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_LITTLE = {
    8: re.compile(rb"(?=([\x01-\xff][\x00-\x03]\0\0)\0{4}\0{8})", re.DOTALL),
    4: re.compile(rb"(?=([\x01-\xff][\x00-\x03]\0\0)\0{4}\0{4})", re.DOTALL),
}
_BIG = {
    8: re.compile(rb"(?=(\0\0[\x00-\x03][\x01-\xff])\0{4}\0{8})", re.DOTALL),
    4: re.compile(rb"(?=(\0\0[\x00-\x03][\x01-\xff])\0{4}\0{4})", re.DOTALL),
}
_SOURCE = re.compile(rb".*\.(?:cc|cpp|cxx|c\+\+|c|mm|h|hpp|node)", re.IGNORECASE)
_NAME = re.compile(rb"[\w.\-]{1,200}", re.ASCII)
LARGEST_DATA = 32 << 20
"""Larger sections and segments are not searched, in bytes."""


def registered_version(
    data: bytes, word: int, text_at: Callable[[int], bytes], *, big_endian: bool = False
) -> int | None:
    """Return ``nm_version`` of the record in ``data``, or None if it has no record.

    Args:
        data: bytes of a segment or section; they are aligned to words in memory.
        word: size of a pointer, 4 or 8.
        text_at: returns the text that the pointer at a position in ``data`` points to, up to a zero
            byte; b"" if it is not a pointer.
    """
    for found in (_BIG if big_endian else _LITTLE)[word].finditer(data):
        start = found.start()
        names = start + 8 + word
        if start % word or names + 4 * word > len(data):
            continue
        if _SOURCE.fullmatch(text_at(names)) and _NAME.fullmatch(text_at(names + 3 * word)):
            return int.from_bytes(found[1], "big" if big_endian else "little")
    return None

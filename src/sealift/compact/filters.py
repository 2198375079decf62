"""Filters that make parts of an executable compress better; ``c/filter.c`` undoes them.

`sealift.compact.unwind_tables` is that of tables; here are those of machine code.

A call names its target by its distance from the call. A filter replaces the distance by the
target's place, so that all calls of one function have the same bytes.

x64: each byte E8 (CALL) or E9 (JMP), whatever it means there, and the four bytes behind it; the
search goes on behind these. Let ``place`` be the offset behind them and ``size`` that of all code.
A distance from ``-place`` to ``size - place - 1`` becomes ``distance + place``; one from there to
``size - 1`` becomes ``distance - size``; all others stay. So each number comes from one distance.

arm64: each word that is a BL has its distance in words, 26 bits, increased by its place in words;
each word that is an ADRP its distance in pages, 21 bits, by its page. Both modulo their width.
"""

from __future__ import annotations

import re
import struct
import sys
from array import array
from enum import IntEnum

from sealift.compact.unwind_tables import filtered_tables

_CALLS = re.compile(rb"[\xe8\xe9].{4}", re.DOTALL)
_DISTANCE = struct.Struct("<i")
_BL_AND_ADRP = re.compile(rb"[\x90\x94-\x97\xb0\xd0\xf0]")  # their most significant bytes


class Filter(IntEnum):
    """What is done to the bytes of a frame before they are compressed."""

    NONE = 0
    X64 = 1
    ARM64 = 2
    UNWIND = 3


def filtered(content: bytes, kind: Filter) -> bytes | None:
    """Return content as it is compressed, or None if the filter could not be undone."""
    match kind:
        case Filter.X64:
            return _x64(content)
        case Filter.ARM64:
            return _arm64(content)
        case Filter.UNWIND:
            return filtered_tables(content)
    return content


def _x64(code: bytes) -> bytes:
    result, size = bytearray(code), len(code)
    read, write = _DISTANCE.unpack_from, _DISTANCE.pack_into
    for call in _CALLS.finditer(code):
        place = call.end()
        (distance,) = read(code, place - 4)
        if -place <= distance < size - place:
            distance += place
        elif size - place <= distance < size:
            distance -= size
        write(result, place - 4, distance)
    return bytes(result)


def _arm64(code: bytes) -> bytes:
    whole = len(code) & ~3
    words = array("I", code[:whole])
    if sys.byteorder == "big":
        words.byteswap()
    for match in _BL_AND_ADRP.finditer(code[3:whole:4]):
        index = match.start()
        word = words[index]
        if word >> 26 & 1:
            words[index] = word & 0xFC000000 | word + index & 0x03FFFFFF
        else:
            page = (word >> 29 & 3 | word >> 3 & 0x1FFFFC) + (index >> 10) & 0x1FFFFF
            words[index] = word & 0x9F00001F | (page & 3) << 29 | (page & 0x1FFFFC) << 3
    if sys.byteorder == "big":
        words.byteswap()
    return words.tobytes() + code[whole:]

"""Undo the filters of compact files, with nothing of what applies them.

`sealift.compact.filters` and `sealift.compact.unwind_tables` describe them.
"""

from __future__ import annotations

import re
import struct

from sealift.verify.comparing import wrong

_MODULO = 1 << 32


def undo_x64(data: bytes) -> bytes:
    """Turn the targets of calls into distances: `sealift.compact.filters` says how."""
    size, code = len(data), bytearray(data)
    for operand in re.finditer(rb"(?s)(?:\xe8|\xe9)(....)", data):
        start, end = operand.span(1)
        target = int.from_bytes(operand[1], "little", signed=True)
        if 0 <= target < size:
            code[start:end] = (target - end).to_bytes(4, "little", signed=True)
        elif -end <= target < 0:
            code[start:end] = (target + size).to_bytes(4, "little", signed=True)
    return bytes(code)


def undo_arm64(data: bytes) -> bytes:
    """Turn places into distances, in words of BL and in pages of ADRP."""
    code, whole = bytearray(data), len(data) // 4 * 4
    for found in re.finditer(rb"[\x94-\x97]|[\x90\xb0\xd0\xf0]", data[3:whole:4]):
        start = 4 * found.start()
        word = int.from_bytes(data[start : start + 4], "little")
        if found[0][0] & 4:
            word = (word & ~0x3FFFFFF) | ((word - start // 4) & 0x3FFFFFF)
        else:
            distance = ((word >> 29) & 3) + ((word >> 5 & 0x7FFFF) << 2)
            distance = (distance - start // 4096) % (1 << 21)
            word = (word & 0x9F00001F) | (distance & 3) << 29 | (distance >> 2) << 5
        code[start : start + 4] = word.to_bytes(4, "little")
    return bytes(code)


def undo_unwind(data: bytes) -> bytes:
    """Make the list of functions again, and turn places into distances.

    Raises:
        FormatError: ``verification-failed``: the tables do not have the form of such tables.
    """
    tables, listed = bytearray(data), []
    end_of_code = 0

    def put(place: int, number: int) -> None:
        tables[place : place + 4] = (number % _MODULO).to_bytes(4, "little")

    try:
        pointer, count = struct.unpack_from("<II", data, 4)
        place = pointer + 4
        while (length := struct.unpack_from("<I", data, place)[0]) != 0:
            owner = struct.unpack_from("<I", data, place + 4)[0]
            if owner:
                gap, extent = struct.unpack_from("<II", data, place + 8)
                code = (end_of_code + gap) % _MODULO
                end_of_code = code + extent
                put(place + 4, place + 4 - owner)
                put(place + 8, code - (place + 8))
                listed.append(((code + _MODULO // 2) % _MODULO - _MODULO // 2, place))
            place += 4 + length
    except struct.error as error:
        raise wrong("a frame of unwind tables is damaged") from error
    if len(listed) != count or 12 + 8 * count > pointer + 4 or place + 4 != len(data):
        raise wrong("a frame of unwind tables is damaged")
    for number, (code, place) in enumerate(sorted(listed)):
        put(12 + 8 * number, code)
        put(16 + 8 * number, place)
    return bytes(tables)


UNDO = {1: undo_x64, 2: undo_arm64, 3: undo_unwind}
"""By the number of the filter."""

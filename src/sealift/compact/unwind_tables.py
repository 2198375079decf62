"""The filter of the tables that unwind the stack; ``c/unwind.c`` undoes it.

They are ``.eh_frame_hdr`` and, behind it, ``.eh_frame``. The first lists the functions that the
second describes, sorted by address; it can be made again. Places are counted from the start of the
first, all numbers are little-endian and modulo 2**32::

    .eh_frame_hdr   01 1B 03 3B, i32 place of .eh_frame minus 4, u32 number of functions,
                    for each, sorted: i32 place of its code, i32 place of its entry
    .eh_frame       entries: u32 bytes that follow, u32 kind, ...; at the end a u32 that is 0

Entries of kind 0 are referred to by the others. The kind of these, which describe functions, is the
distance from it back to such an entry. Behind it are the i32 distance from here to the function's
code, and the u32 size of the code. The filter replaces the kind by the place that it refers to, the
distance by that from the end of the code of the function before, and the list by zeros.

Source: Linux Standard Base 5.0, Core, chapter 10.6.
"""

from __future__ import annotations

import struct

_ENCODINGS = b"\x01\x1b\x03\x3b"
_BITS = 0xFFFFFFFF
_SMALLEST = 12  # bytes that follow the length of an entry that describes a function
_HEADER = struct.Struct("<4siI")
_NUMBER = struct.Struct("<I")
_FUNCTION = struct.Struct("<III")
_LISTED = struct.Struct("<iI")


def end_of_tables(content: bytes) -> int:
    """Return where the tables at the start of ``content`` end, or 0 if these are none."""
    found = _entries(content)
    return found[-1][0] + 4 if found else 0


def filtered_tables(tables: bytes) -> bytes | None:
    """Return the tables as they are compressed, or None if they could not be made again."""
    found = _entries(tables)
    if not found or found[-1][0] + 4 != len(tables):
        return None
    result, functions, before = bytearray(tables), [], 0
    for place, size in found[:-1]:
        (kind,) = _NUMBER.unpack_from(tables, place + 4)
        if kind == 0:
            continue
        referred = (place + 4 - kind) & _BITS
        if size < _SMALLEST or referred == 0:
            return None
        _, distance, code_size = _FUNCTION.unpack_from(tables, place + 4)
        code = (distance + place + 8) & _BITS
        struct.pack_into("<II", result, place + 4, referred, (code - before) & _BITS)
        before = code + code_size
        functions.append((code - (code >> 31 << 32), place))
    functions.sort()
    listed = _HEADER.pack(*_HEADER.unpack_from(tables)[:2], len(functions))
    listed += b"".join(_LISTED.pack(*function) for function in functions)
    if not tables.startswith(listed):
        return None
    result[_HEADER.size : len(listed)] = bytes(len(listed) - _HEADER.size)
    return bytes(result)


def _entries(tables: bytes) -> list[tuple[int, int]]:
    """Return place and size of each entry; none if the tables have another form.

    The last one is the end, whose size is 0.
    """
    if len(tables) < _HEADER.size:
        return []
    encodings, pointer, count = _HEADER.unpack_from(tables)
    place, size = pointer + 4, -1
    found = []
    if encodings != _ENCODINGS or place < _HEADER.size + _LISTED.size * count:
        return []
    while size:
        if place + 4 > len(tables):
            return []
        (size,) = _NUMBER.unpack_from(tables, place)
        if size and not 4 <= size <= len(tables) - place - 4:
            return []
        found.append((place, size))
        place += 4 + size
    return found

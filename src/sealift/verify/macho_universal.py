"""Check a universal file for macOS, as the kernel reads it (``fatfile_validate_fatarches``).

Big-endian (``mach-o/fat.h``): magic 0xcafebabe, number of slices, then for each: type and subtype
of the processor, offset, size, log2 of the alignment. A slice begins with its own header: magic
0xfeedfacf, type, subtype (little-endian).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from typing import BinaryIO

from sealift.verify.comparing import must_be_zero, must_equal, read_exactly, wrong

_MAGIC = b"\xca\xfe\xba\xbe"
_PAGE = 0x4000
_MOST_PROGRAMS = 8


def verify_universal(file: BinaryIO, programs: Sequence[BinaryIO]) -> None:
    """Check that ``file`` has exactly these programs, unchanged, each where it may start.

    Raises:
        FormatError: ``verification-failed``.
    """
    places = find_programs(file)
    if len(places) != len(programs):
        raise wrong("it is not a universal file of these programs")
    for (offset, size), program in zip(places, programs, strict=True):
        if size != program.seek(0, os.SEEK_END):
            raise wrong("a program in it has another size")
        must_equal(file, offset, program, 0, size, "a program in it")


def find_programs(file: BinaryIO) -> list[tuple[int, int]]:
    """Return file offset and size of each program in a file, which may be universal.

    Raises:
        FormatError: ``verification-failed``: the table of a universal file is malformed.
    """
    file.seek(0)
    if file.read(4) != _MAGIC:
        return [(0, file.seek(0, os.SEEK_END))]
    (count,) = struct.unpack(">I", read_exactly(file, 4, 4))
    if not 0 < count <= _MOST_PROGRAMS:
        raise wrong("it has no programs, or too many")
    places: list[tuple[int, int]] = []
    end, types = 8 + 20 * count, set[int]()
    for index in range(count):
        entry = read_exactly(file, 8 + 20 * index, 20)
        cpu, subtype, offset, size, alignment = struct.unpack(">5I", entry)
        if offset % _PAGE or alignment != 14 or not end <= offset < end + _PAGE:
            raise wrong("a program in it does not start at the next page")
        must_be_zero(file, end, offset, "between the programs in it")
        header = read_exactly(file, offset, 12)
        if struct.unpack("<III", header) != (0xFEEDFACF, cpu, subtype):
            raise wrong("a program in it is for another processor than its entry says")
        types.add(cpu)
        places.append((offset, size))
        end = offset + size
    if len(types) != count or end != file.seek(0, os.SEEK_END):
        raise wrong("it does not end with its last program, or has two for one processor")
    return places

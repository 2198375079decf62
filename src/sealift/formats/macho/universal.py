"""The plan of a universal file for macOS: programs for several architectures, one after the other.

Layout (``mach-o/fat.h``), integers big-endian::

    0 u32 magic 0xcafebabe   4 u32 number of programs
    8 entries, 20 bytes each: u32 cputype, u32 cpusubtype, u32 offset, u32 size, u32 alignment
      (log2); the types are those of the program's own header

Each program starts at a multiple of 16 KiB, the page size of arm64, as ``lipo`` puts it, and is not
changed: so its signature stays valid.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import BinaryIO

from sealift.formats import messages
from sealift.formats.macho import headers
from sealift.formats.pieces import Copy, Literal, Piece, Plan, Zeros

_HEADER = struct.Struct(">II")
_ENTRY = struct.Struct(">5I")
_MAGIC = 0xCAFEBABE
_ALIGNMENT = 14  # log2
_LARGEST = 0xFFFFFFFF


def plan_universal(programs: Sequence[BinaryIO]) -> Plan:
    """Return the plan of a file with all programs; `Copy.source` is the index of one.

    Args:
        programs: open for reading, seekable, each for another architecture.

    Raises:
        FormatError: one is not a program for macOS, two are for the same architecture, or together
            they are too large.
    """
    entries, pieces = list[tuple[int, ...]](), list[Piece]()
    end = _HEADER.size + _ENTRY.size * len(programs)
    for index, program in enumerate(programs):
        head = headers.read_executable(program)
        start = -(-end // (1 << _ALIGNMENT)) << _ALIGNMENT
        size = head.reader.size
        if start + size > _LARGEST:
            raise messages.MACHO_TOO_LARGE.error(size=start + size)
        if any(head.cpu == entry[0] for entry in entries):
            raise messages.MACHO_MALFORMED.error(why="two programs are for the same architecture")
        entries.append((head.cpu, head.cpu_subtype, start, size, _ALIGNMENT))
        pieces += [Zeros(start - end), Copy(0, size, index)]
        end = start + size
    table = b"".join(_ENTRY.pack(*entry) for entry in entries)
    return Plan((Literal(_HEADER.pack(_MAGIC, len(entries)) + table), *pieces))

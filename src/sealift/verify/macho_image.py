"""A Mach-O executable's load commands, read for verification.

mach_header_64: magic 0, cputype 4, filetype 12, ncmds 16, sizeofcmds 20 (u32 each), 32 bytes in
all. segment_command_64: segname 8, vmaddr 24, vmsize 32, fileoff 40, filesize 48 (u64 each),
maxprot 56, initprot 60, nsects 64, flags 68. section_64 (80 bytes): sectname 0, segname 16,
addr 32, size 40 (u64 each), then offset, align, reloff, nreloc, flags, three reserved (u32 each).
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO, NamedTuple

from sealift.verify.comparing import read_exactly, wrong

SEGMENT, SYMTAB, DYSYMTAB, LOAD_DYLIB, LOAD_DYLINKER = 0x19, 0x2, 0xB, 0xC, 0xE
CODE_SIGNATURE, DYLD_INFO, DYLD_INFO_ONLY = 0x1D, 0x22, 0x80000022
CHAINED_FIXUPS, EXPORTS_TRIE, MAIN, UNIX_THREAD = 0x80000034, 0x80000033, 0x80000028, 0x5
FUNCTION_STARTS, DATA_IN_CODE, SOURCE_VERSION, BUILD_VERSION = 0x26, 0x29, 0x2A, 0x32

_MAGIC = 0xFEEDFACF
_EXECUTE = 2
_ZERO_FILLS = (0x1, 0xC, 0x12)
_MOST_COMMANDS = 1 << 20  # bytes


class MachSection(NamedTuple):
    """A section header."""

    name: bytes
    segment: bytes
    address: int
    size: int
    offset: int
    alignment: int
    relocations_at: int
    relocations: int
    flags: int
    reserved: tuple[int, int, int]

    @property
    def fills_zeros(self) -> bool:
        """True if it has no bytes in the file."""
        return self.flags & 0xFF in _ZERO_FILLS


class MachSegment(NamedTuple):
    """A segment's load command."""

    name: bytes
    address: int
    size: int
    offset: int
    file_size: int
    most_protection: int
    protection: int
    flags: int
    sections: tuple[MachSection, ...]

    @property
    def end(self) -> int:
        """First address after it."""
        return self.address + self.size

    @property
    def file_end(self) -> int:
        """First file offset after it."""
        return self.offset + self.file_size


class MachImage:
    """Header and load commands of one file."""

    def __init__(self, file: BinaryIO) -> None:
        self.size = file.seek(0, os.SEEK_END)
        self.header = struct.unpack("<8I", read_exactly(file, 0, 32))
        if self.header[0] != _MAGIC or self.header[3] != _EXECUTE:
            raise wrong("it is no 64-bit Mach-O executable")
        self.cpu, count, length = self.header[1], self.header[4], self.header[5]
        if length > _MOST_COMMANDS:
            raise wrong("its load commands are too long")
        data = read_exactly(file, 32, length)
        self.commands: list[tuple[int, bytes]] = []
        at = 0
        while at < length:
            kind, size = struct.unpack("<II", data[at : at + 8].ljust(8, b"\0"))
            if size < 8 or size % 8 or at + size > length:
                raise wrong("a load command has a wrong size")
            self.commands.append((kind, data[at : at + size]))
            at += size
        if len(self.commands) != count:
            raise wrong("its header tells another number of load commands")
        self.commands_end = 32 + length
        self.segments = [_segment(data) for kind, data in self.commands if kind == SEGMENT]
        if not self.segments:
            raise wrong("it has no segments")

    @property
    def linkedit(self) -> MachSegment:
        """The last segment, which must be ``__LINKEDIT``."""
        if self.segments[-1].name != b"__LINKEDIT":
            raise wrong("__LINKEDIT is not its last segment")
        return self.segments[-1]

    @property
    def sections(self) -> list[MachSection]:
        """All sections, in order."""
        return [section for segment in self.segments for section in segment.sections]

    @property
    def first_content(self) -> int:
        """File offset of the first byte that belongs to a section."""
        offsets = [s.offset for s in self.sections if s.size and not s.fills_zeros]
        if not offsets:
            raise wrong("it has no sections")
        return min(offsets)

    def segment(self, name: bytes) -> MachSegment:
        """The one segment of that name."""
        found = [segment for segment in self.segments if segment.name == name]
        if len(found) != 1:
            raise wrong(f"it has {len(found)} segments {name.decode()}")
        return found[0]

    def find(self, kind: int, size: int) -> bytes | None:
        """The one load command of that kind, at least ``size`` bytes long, or None."""
        found = [data for number, data in self.commands if number == kind]
        if len(found) > 1 or any(len(data) < size for data in found):
            raise wrong(f"load command {kind:#x} occurs {len(found)} times or is too short")
        return found[0] if found else None


def u32s(data: bytes, at: int, count: int = 1) -> tuple[int, ...]:
    """Return ``count`` numbers of 4 bytes; raise `wrong` if the data ends before."""
    if at < 0 or at + 4 * count > len(data):
        raise wrong("a table ends before its fields")
    return struct.unpack_from(f"<{count}I", data, at)


def _segment(data: bytes) -> MachSegment:
    if len(data) < 72:
        raise wrong("a segment's load command is too short")
    name, address, size, offset, file_size, most, protection, count, flags = struct.unpack_from(
        "<16s4Q4I", data, 8
    )
    if len(data) != 72 + 80 * count:
        raise wrong("a segment's load command does not fit its sections")
    sections = []
    for fields in struct.iter_unpack("<16s16sQQ8I", data[72:]):
        names = fields[0].rstrip(b"\0"), fields[1].rstrip(b"\0")
        sections.append(MachSection._make((*names, *fields[2:9], fields[9:])))
    return MachSegment(
        name.rstrip(b"\0"),
        *(address, size, offset, file_size, most, protection, flags),
        sections=tuple(sections),
    )

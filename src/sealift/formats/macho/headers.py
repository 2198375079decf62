"""A Mach-O's header and load commands.

Layout (``mach-o/loader.h``), integers little-endian::

    mach_header_64, 32 bytes
       0 u32 magic 0xfeedfacf    12 u32 filetype 2 (execute)   24 u32 flags
       4 u32 cputype             16 u32 ncmds                  28 u32 reserved
       8 u32 cpusubtype          20 u32 sizeofcmds
    then ncmds load commands: u32 cmd, u32 cmdsize (with these 8 bytes; a multiple of 8), content

    segment_command_64 (LC_SEGMENT_64), 72 bytes, then nsects sections
       8 char[16] segname    32 u64 vmsize     48 u64 filesize   60 u32 initprot   68 u32 flags
      24 u64 vmaddr          40 u64 fileoff    56 u32 maxprot    64 u32 nsects
    section_64, 80 bytes
       0 char[16] sectname   32 u64 addr   48 u32 offset   56 u32 reloff   64 u32 flags
      16 char[16] segname    40 u64 size   52 u32 align    60 u32 nreloc   68 u32 x 3 reserved

32-bit files (magic 0xfeedface) have a header without the reserved word, multiples of 4, and::

    segment_command (LC_SEGMENT), 56 bytes, then nsects sections, which are not read here
       8 char[16] segname    28 u32 vmsize     36 u32 filesize   44 u32 initprot   52 u32 flags
      24 u32 vmaddr          32 u32 fileoff    40 u32 maxprot    48 u32 nsects
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

from sealift.formats import messages
from sealift.formats.bounded_reader import BoundedReader
from sealift.formats.native_magic import MACHO_32, MACHO_64, MACHO_UNIVERSAL

CPU_X64 = 0x01000007
CPU_ARM64 = 0x0100000C
MACHINES = {CPU_X64: "x64", CPU_ARM64: "arm64", 7: "x86", 12: "armv7"}
"""Architectures, in sealift's names, by their number."""

FILE_TYPE_EXECUTE = 2
BLOB_SECTION = "__NODE_SEA_BLOB"
"""The section that Node looks for; its segment is ``NODE_SEA``."""

LC_SEGMENT = 0x1
LC_SYMTAB = 0x2
LC_UNIXTHREAD = 0x5
LC_DYSYMTAB = 0xB
LC_LOAD_DYLIB = 0xC
LC_ID_DYLIB = 0xD
LC_LOAD_DYLINKER = 0xE
LC_SEGMENT_64 = 0x19
LC_UUID = 0x1B
LC_CODE_SIGNATURE = 0x1D
LC_SEGMENT_SPLIT_INFO = 0x1E
LC_LAZY_LOAD_DYLIB = 0x20
LC_DYLD_INFO = 0x22
LC_DYLD_INFO_ONLY = 0x80000022
LC_VERSION_MIN_MACOSX = 0x24
LC_FUNCTION_STARTS = 0x26
LC_DYLD_ENVIRONMENT = 0x27
LC_MAIN = 0x80000028
LC_DATA_IN_CODE = 0x29
LC_SOURCE_VERSION = 0x2A
LC_DYLIB_CODE_SIGN_DRS = 0x2B
LC_LINKER_OPTIMIZATION_HINT = 0x2E
LC_BUILD_VERSION = 0x32
LC_DYLD_EXPORTS_TRIE = 0x80000033
LC_DYLD_CHAINED_FIXUPS = 0x80000034
LC_ATOM_INFO = 0x36
LC_FUNCTION_VARIANTS = 0x37
LC_FUNCTION_VARIANT_FIXUPS = 0x38
LC_LOAD_WEAK_DYLIB = 0x80000018
LC_RPATH = 0x8000001C
LC_REEXPORT_DYLIB = 0x8000001F
LC_LOAD_UPWARD_DYLIB = 0x80000023

HEADER_SIZE = 32
_HEADER = struct.Struct("<4s7I")
_SIZE_OF_32_BIT_HEADER = 28
_COMMAND = struct.Struct("<II")
_SEGMENT = struct.Struct("<II16sQQQQIIII")
_SEGMENT_OF_32_BITS = struct.Struct("<II16sIIIIIIII")
_SECTION = struct.Struct("<16s16sQQIIIIIIII")
_LARGEST_COMMANDS = 1 << 20

_ZERO_FILL_TYPES = (0x1, 0xC)  # S_ZEROFILL, S_GB_ZEROFILL
_THREAD_ZERO_FILL = 0x12  # S_THREAD_LOCAL_ZEROFILL


class Section(Struct, frozen=True):
    """A section header. ``offset`` has no meaning if `in_file` is False."""

    name: str
    segment: str
    address: int
    size: int
    offset: int
    alignment: int
    relocation_offset: int
    relocation_count: int
    flags: int
    reserved: tuple[int, int, int]

    @property
    def zero_fill(self) -> bool:
        """True if it has no bytes in the file and is not thread-local, whose headers dyld reads."""
        return self.flags & 0xFF in _ZERO_FILL_TYPES

    @property
    def in_file(self) -> bool:
        """True if it has bytes in the file."""
        return self.size > 0 and not self.zero_fill and self.flags & 0xFF != _THREAD_ZERO_FILL

    def encode(self) -> bytes:
        """Return the 80 bytes of its header."""
        return _SECTION.pack(
            self.name.encode("latin-1"),
            self.segment.encode("latin-1"),
            self.address,
            self.size,
            self.offset,
            self.alignment,
            self.relocation_offset,
            self.relocation_count,
            self.flags,
            *self.reserved,
        )


class Segment(Struct, frozen=True):
    """An LC_SEGMENT_64 with its section headers."""

    name: str
    vm_address: int
    vm_size: int
    file_offset: int
    file_size: int
    max_protection: int
    protection: int
    flags: int
    sections: tuple[Section, ...] = ()

    @property
    def vm_end(self) -> int:
        """First address after it."""
        return self.vm_address + self.vm_size

    @property
    def file_end(self) -> int:
        """First file offset after it."""
        return self.file_offset + self.file_size

    def encode(self) -> bytes:
        """Return the complete load command."""
        sections = b"".join(section.encode() for section in self.sections)
        return (
            _SEGMENT.pack(
                LC_SEGMENT_64,
                _SEGMENT.size + len(sections),
                self.name.encode("latin-1"),
                self.vm_address,
                self.vm_size,
                self.file_offset,
                self.file_size,
                self.max_protection,
                self.protection,
                len(self.sections),
                self.flags,
            )
            + sections
        )


class Command(Struct, frozen=True):
    """A load command: its number, and all its bytes (the first 8 included)."""

    kind: int
    data: bytes
    segment: Segment | None = None


class MachHeaders(Struct, frozen=True):
    """Everything that is before the first section.

    Attributes:
        reader: of the whole file, or of one architecture of a universal file.
        bits: 32 or 64.
        commands_size: length of the load commands, as the header has it, in bytes.
    """

    reader: BoundedReader
    bits: int
    cpu: int
    cpu_subtype: int
    file_type: int
    flags: int
    commands_size: int
    commands: tuple[Command, ...]

    @property
    def end(self) -> int:
        """File offset after the last load command."""
        return HEADER_SIZE + sum(len(command.data) for command in self.commands)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segments, in the order of their load commands."""
        return tuple(command.segment for command in self.commands if command.segment)

    @property
    def first_section_offset(self) -> int:
        """File offset of the first section's bytes: load commands must end before."""
        return min(
            (
                section.offset
                for segment in self.segments
                for section in segment.sections
                if section.in_file
            ),
            default=0,
        )

    def encode(self, commands: list[bytes]) -> bytes:
        """Return the bytes of the header with these load commands instead."""
        content = b"".join(commands)
        header = _HEADER.pack(
            MACHO_64,
            self.cpu,
            self.cpu_subtype,
            self.file_type,
            len(commands),
            len(content),
            self.flags,
            0,
        )
        return header + content


def read_executable(file: BinaryIO) -> MachHeaders:
    """Read the headers of a macOS program, checking that they are as the kernel demands.

    Raises:
        FormatError: ``macho-malformed``; ``macho-unsupported``: it is not a 64-bit program.
    """
    reader = BoundedReader(file, messages.MACHO_MALFORMED.error)
    if reader.read(0, 4) in MACHO_UNIVERSAL:
        raise messages.MACHO_UNSUPPORTED.error(what="programs for several architectures")
    head = read_headers(reader)
    if head.bits != 64:
        raise reader.broken("it has no 64-bit little-endian header")
    if head.file_type != FILE_TYPE_EXECUTE:
        what = f"file type {head.file_type} instead of 2, a program"
        raise messages.MACHO_UNSUPPORTED.error(what=what)
    if any(len(command.data) % 8 for command in head.commands):
        raise reader.broken("the size of a load command is not a multiple of 8")
    if head.end != HEADER_SIZE + head.commands_size:
        raise reader.broken("the load commands do not fill the size announced")
    return head


def read_headers(reader: BoundedReader) -> MachHeaders:
    """Read the headers of a program or library for one architecture.

    Raises:
        FormatError: they are cut off or contradict themselves.
    """
    magic = reader.read(0, 4)
    if magic not in (MACHO_64, MACHO_32):
        raise reader.broken("it does not begin with a little-endian Mach-O header")
    bits, start = (64, HEADER_SIZE) if magic == MACHO_64 else (32, _SIZE_OF_32_BIT_HEADER)
    cpu, cpu_subtype, file_type, count, size, flags = reader.numbers("<6I", 4)
    if size > _LARGEST_COMMANDS:
        raise reader.broken("its load commands are too large")
    commands = tuple(_commands(reader, reader.read(start, size), count))
    return MachHeaders(reader, bits, cpu, cpu_subtype, file_type, flags, size, commands)


def _commands(reader: BoundedReader, data: bytes, count: int) -> Iterator[Command]:
    offset = 0
    for _ in range(count):
        if offset + _COMMAND.size > len(data):
            raise reader.broken("there are fewer load commands than announced")
        kind, size = _COMMAND.unpack_from(data, offset)
        if size < _COMMAND.size or offset + size > len(data):
            raise reader.broken(f"load command {kind:#x} has a size of {size}")
        content = data[offset : offset + size]
        yield Command(kind, content, _segment(reader, kind, content))
        offset += size


def _segment(reader: BoundedReader, kind: int, data: bytes) -> Segment | None:
    layout = {LC_SEGMENT_64: _SEGMENT, LC_SEGMENT: _SEGMENT_OF_32_BITS}.get(kind)
    if layout is None:
        return None
    if len(data) < layout.size:
        raise reader.broken("a segment's load command is too short")
    (_, _, name, vm_address, vm_size, offset, size, max_protection, protection, count, flags) = (
        layout.unpack_from(data)
    )
    sections: tuple[Section, ...] = ()
    if kind == LC_SEGMENT_64:
        if len(data) != _SEGMENT.size + count * _SECTION.size:
            raise reader.broken("a segment's sections do not fit its load command")
        places = range(_SEGMENT.size, len(data), _SECTION.size)
        sections = tuple(_section(data, at) for at in places)
    return Segment(
        _name(name), vm_address, vm_size, offset, size, max_protection, protection, flags, sections
    )


def _section(data: bytes, at: int) -> Section:
    fields = _SECTION.unpack_from(data, at)
    name, segment, address, size, offset, alignment, relocations, count, flags = fields[:9]
    return Section(
        _name(name),
        _name(segment),
        address,
        size,
        offset,
        alignment,
        relocations,
        count,
        flags,
        fields[9:],
    )


def _name(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("latin-1")

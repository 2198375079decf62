"""Reader of a 64-bit little-endian Mach-O's header and load commands.

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
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from sealift.errors import FormatError

MAGIC_64 = 0xFEEDFACF
_FAT_MAGICS = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
CPU_X64 = 0x01000007
CPU_ARM64 = 0x0100000C
_FILE_TYPE_EXECUTE = 2

LC_SYMTAB = 0x2
LC_UNIXTHREAD = 0x5
LC_DYSYMTAB = 0xB
LC_LOAD_DYLIB = 0xC
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
_HEADER = struct.Struct("<8I")
_COMMAND = struct.Struct("<II")
_SEGMENT = struct.Struct("<II16sQQQQIIII")
_SECTION = struct.Struct("<16s16sQQIIIIIIII")
_LARGEST_COMMANDS = 1 << 20

_ZERO_FILL_TYPES = (0x1, 0xC)  # S_ZEROFILL, S_GB_ZEROFILL
_THREAD_ZERO_FILL = 0x12  # S_THREAD_LOCAL_ZEROFILL


@dataclass(frozen=True, slots=True)
class Section:
    """A section header. ``offset`` means nothing where `in_file` is false."""

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
        """Without bytes in the file, and not thread-local (dyld looks for those headers)."""
        return self.flags & 0xFF in _ZERO_FILL_TYPES

    @property
    def in_file(self) -> bool:
        """Has bytes in the file."""
        return self.size > 0 and not self.zero_fill and self.flags & 0xFF != _THREAD_ZERO_FILL

    def encode(self) -> bytes:
        """The 80 bytes of its header."""
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


@dataclass(frozen=True, slots=True)
class Segment:
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
        """The whole load command."""
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


@dataclass(frozen=True, slots=True)
class Command:
    """A load command: its number, and all its bytes (the first 8 included)."""

    kind: int
    data: bytes
    segment: Segment | None = None


@dataclass(frozen=True, slots=True)
class MachHeaders:
    """All that stands before the first section."""

    cpu: int
    cpu_subtype: int
    flags: int
    commands: tuple[Command, ...]
    file_size: int

    @property
    def end(self) -> int:
        """File offset after the last load command."""
        return HEADER_SIZE + sum(len(command.data) for command in self.commands)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """In the order of their load commands."""
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
        """The header with these load commands instead."""
        content = b"".join(commands)
        header = _HEADER.pack(
            MAGIC_64,
            self.cpu,
            self.cpu_subtype,
            _FILE_TYPE_EXECUTE,
            len(commands),
            len(content),
            self.flags,
            0,
        )
        return header + content


def malformed(message: str) -> FormatError:
    """The error for a Mach-O file that breaks its own format."""
    return FormatError(
        "macho-malformed",
        f"The Mach-O file is malformed: {message}.",
        "Fetch the Node binary again, or use another release.",
    )


def unsupported(message: str) -> FormatError:
    """The error for a Mach-O file that is well-formed but not understood whole."""
    return FormatError(
        "macho-unsupported",
        f"The Mach-O file has what sealift cannot carry over: {message}.",
        "Use another build of this Node release.",
    )


def read_headers(file: BinaryIO) -> MachHeaders:
    """Read the header and the load commands of a macOS executable.

    Raises:
        FormatError: it is not a 64-bit little-endian executable, or the headers are malformed.
    """
    file_size = file.seek(0, 2)
    file.seek(0)
    head = file.read(HEADER_SIZE)
    if head[:4] in _FAT_MAGICS:
        raise unsupported("it is a universal binary, of several architectures")
    if len(head) < HEADER_SIZE:
        raise malformed("the header is cut off")
    magic, cpu, cpu_subtype, file_type, count, size, flags, _ = _HEADER.unpack(head)
    if magic != MAGIC_64:
        raise malformed("it has no 64-bit little-endian header")
    if file_type != _FILE_TYPE_EXECUTE:
        raise unsupported(f"its file type is {file_type} and not 2, a main executable")
    if size > _LARGEST_COMMANDS or HEADER_SIZE + size > file_size:
        raise malformed("the load commands do not fit into the file")
    data = file.read(size)
    if len(data) != size:
        raise malformed("the load commands are cut off")
    return MachHeaders(cpu, cpu_subtype, flags, tuple(_commands(data, count)), file_size)


def _commands(data: bytes, count: int) -> list[Command]:
    commands = []
    offset = 0
    for _ in range(count):
        if offset + _COMMAND.size > len(data):
            raise malformed("there are fewer load commands than announced")
        kind, size = _COMMAND.unpack_from(data, offset)
        if size < _COMMAND.size or size % 8 or offset + size > len(data):
            raise malformed(f"load command 0x{kind:x} has a size of {size}")
        content = data[offset : offset + size]
        segment = _segment(content) if kind == LC_SEGMENT_64 else None
        commands.append(Command(kind, content, segment))
        offset += size
    if offset != len(data):
        raise malformed("the load commands do not fill the size announced")
    return commands


def _segment(data: bytes) -> Segment:
    if len(data) < _SEGMENT.size:
        raise malformed("a segment's load command is too short")
    (_, _, name, vm_address, vm_size, offset, size, max_protection, protection, count, flags) = (
        _SEGMENT.unpack_from(data)
    )
    if len(data) != _SEGMENT.size + count * _SECTION.size:
        raise malformed("a segment's sections do not fit its load command")
    sections = tuple(_section(data, at) for at in range(_SEGMENT.size, len(data), _SECTION.size))
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

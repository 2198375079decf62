r"""The headers of a Windows program or DLL.

Layout (Microsoft's "PE Format"), integers little-endian::

    0 "MZ"   60 u32 e_lfanew, file offset of:
      0 "PE\0\0"
      COFF header, 20 bytes, at 4:  0 u16 machine   2 u16 number of sections
        8 u32 symbol table   12 u32 number of symbols   16 u16 size of optional header
        18 u16 characteristics (0x2000: DLL)
      optional header at 24:  0 u16 magic (0x10b 32-bit, 0x20b 64-bit)
        8 u32 SizeOfInitializedData   24 u64 or 28 u32 ImageBase
        32 u32 SectionAlignment   36 u32 FileAlignment
        56 u32 SizeOfImage   60 u32 SizeOfHeaders   64 u32 CheckSum
        68 u16 Subsystem (2: Windows, without a console; 3: console)
        92 or 108 u32 NumberOfRvaAndSizes, then as many (u32 RVA, u32 size):
        0 exports, 1 imports, 2 resources, 4 certificates (a file offset), 6 debug,
        11 bound imports, 13 delayed imports
      section headers, 40 bytes each, right after the optional header:
        0 char[8] name   8 u32 VirtualSize   12 u32 VirtualAddress   16 u32 SizeOfRawData
        20 u32 PointerToRawData   24 u32 relocations   28 u32 line numbers   32 u16, u16 counts
        36 u32 characteristics
"""

from __future__ import annotations

import struct

from msgspec import Struct

from sealift.formats.bounded_reader import BoundedReader

COFF = 4
OPTIONAL = 24
SECTION_HEADER = struct.Struct("<8sIIIIIIHHI")
EXPORTS, IMPORTS, RESOURCES, CERTIFICATES, DEBUG, BOUND_IMPORTS, DELAYED_IMPORTS = (
    *(0, 1, 2, 4, 6, 11),
    13,
)
WINDOWED, CONSOLE = 2, 3  # subsystems
MOST_SECTIONS = 96  # Windows' own limit
MACHINES = {0x14C: "x86", 0x8664: "x64", 0xAA64: "arm64", 0x1C4: "armv7"}
"""Architectures, in sealift's names, by their number."""

_SIGNATURE = b"PE\0\0"
_DLL = 0x2000
_WIDE = 0x20B
_DIRECTORIES = {0x10B: 96, _WIDE: 112}
_MOST_DIRECTORIES = 16


class PeSection(Struct, frozen=True):
    """Where a section is in memory and in the file."""

    virtual_size: int
    rva: int
    raw_size: int
    raw_offset: int

    @property
    def end(self) -> int:
        """First RVA after it."""
        return self.rva + max(self.virtual_size, self.raw_size)

    @property
    def raw_end(self) -> int:
        """First file offset after it; 0 if it has no bytes in the file."""
        return self.raw_offset + self.raw_size if self.raw_size else 0

    @property
    def loaded_size(self) -> int:
        """How many of its bytes in the file are in memory."""
        return min(self.virtual_size, self.raw_size) or self.raw_size


class PeHeaders(Struct, frozen=True):
    """The headers of one PE file.

    Attributes:
        reader: of the whole file.
        start: file offset of the PE signature.
        machine: the architecture's number; see `MACHINES`.
        bits: 32 or 64.
        directories_at: file offset of the data directories.
        directories: RVA and size of each.
        section_table: file offset of the section headers.
    """

    reader: BoundedReader
    start: int
    machine: int
    is_dll: bool
    bits: int
    image_base: int
    directories_at: int
    directories: tuple[tuple[int, int], ...]
    section_table: int
    sections: tuple[PeSection, ...]

    def directory(self, index: int) -> tuple[int, int]:
        """Return RVA and size of a data directory; zeros if the file does not have it."""
        return self.directories[index] if index < len(self.directories) else (0, 0)

    def section_of(self, rva: int) -> PeSection:
        """Return the section that has an address in the file.

        Raises:
            FormatError: no section has it.
        """
        for section in self.sections:
            if section.rva <= rva < section.rva + section.loaded_size:
                return section
        raise self.reader.broken("an address in it is outside of its sections")

    def file_offset(self, rva: int) -> int:
        """Return the file offset of an address."""
        section = self.section_of(rva)
        return section.raw_offset + rva - section.rva

    def image(self, rva: int, most: int) -> bytes:
        """Return up to ``most`` bytes at an address, as many as its section has in the file."""
        section = self.section_of(rva)
        skipped = rva - section.rva
        size = min(most, section.raw_size - skipped)
        return self.reader.read(section.raw_offset + skipped, size)


def is_for_dos(reader: BoundedReader) -> bool:
    """Return True if a file that begins with ``MZ`` has no PE header."""
    (start,) = reader.numbers("<I", 60)
    return reader.read(start, 4) != _SIGNATURE


def read_pe(reader: BoundedReader) -> PeHeaders:
    """Read the headers of a program or DLL.

    Raises:
        FormatError: they are cut off or of an unknown form.
    """
    (start,) = reader.numbers("<I", 60)
    machine, count = reader.numbers("<HH", start + COFF)
    if reader.read(0, 2) != b"MZ" or is_for_dos(reader) or count > MOST_SECTIONS:
        raise reader.broken("it is not a program or library for Windows")
    optional_size, characteristics = reader.numbers("<HH", start + COFF + 16)
    optional = start + OPTIONAL
    (form,) = reader.numbers("<H", optional) if optional_size >= 2 else (0,)
    directories = _DIRECTORIES.get(form)
    if directories is None or optional_size < directories:
        raise reader.broken("its optional header is neither 32-bit nor 64-bit")
    wide = form == _WIDE
    (image_base,) = (
        reader.numbers("<Q", optional + 24) if wide else reader.numbers("<I", optional + 28)
    )
    (number,) = reader.numbers("<I", optional + directories - 4)
    if number > _MOST_DIRECTORIES or directories + 8 * number > optional_size:
        raise reader.broken("its data directories do not fit into its optional header")
    numbers = reader.numbers(f"<{2 * number}I", optional + directories)
    section_table = optional + optional_size
    headers = reader.read(section_table, SECTION_HEADER.size * count)
    return PeHeaders(
        reader=reader,
        start=start,
        machine=machine,
        is_dll=bool(characteristics & _DLL),
        bits=64 if wide else 32,
        image_base=image_base,
        directories_at=optional + directories,
        directories=tuple(zip(numbers[::2], numbers[1::2], strict=True)),
        section_table=section_table,
        sections=tuple(PeSection(*fields[1:5]) for fields in SECTION_HEADER.iter_unpack(headers)),
    )

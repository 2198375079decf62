r"""ELF headers: a program's segments, its machine, and where its blob is.

Read here: the ELF header (52 bytes in ELF32, 64 in ELF64), the program header table, and notes::

    ELF header     e_ident[16], u16 e_type, u16 e_machine, u32 e_version, word e_entry,
                   word e_phoff, word e_shoff, u32 e_flags, u16 e_ehsize, u16 e_phentsize,
                   u16 e_phnum, u16 e_shentsize, u16 e_shnum, u16 e_shstrndx
    entry, ELF64   u32 type, u32 flags, u64 offset, vaddr, paddr, filesz, memsz, align
    entry, ELF32   u32 type, offset, vaddr, paddr, filesz, memsz, flags, align
    note           u32 namesz, u32 descsz, u32 type, name, desc; both padded to 4 (or 8) bytes
    attributes     section of type 0x70000003: see `sealift.formats.elf.arm_attributes`

A word has 4 or 8 bytes; the byte order is the file's. Source: System V gABI, chapters 4 and 5;
e_machine numbers are those of its registry.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

from sealift.formats import messages
from sealift.formats.bounded_reader import BoundedReader, BrokenFile

PT_LOAD = 1
PT_DYNAMIC = 2
PT_INTERP = 3
PT_NOTE = 4
PT_PHDR = 6
PT_GNU_STACK = 0x6474E551
PT_GNU_EH_FRAME = 0x6474E550
PF_X, PF_W, PF_R = 1, 2, 4
ET_EXEC = 2
ET_DYN = 3
PN_XNUM = 0xFFFF
OSABI_FREEBSD = 9
NOTE_NAME = b"NODE_SEA_BLOB\0"
_LARGEST_TEXT = 4096

EM_386, EM_X86_64, EM_ARM, EM_S390 = 3, 62, 40, 22
# e_machine, 64 bit, little-endian: sealift's name
_MACHINES: dict[tuple[int, bool, bool], str] = {
    (EM_386, False, True): "x86",
    (EM_X86_64, True, True): "x64",
    (EM_ARM, False, True): "armv7",
    (183, True, True): "arm64",
    (21, True, True): "ppc64",
    (EM_S390, True, False): "s390x",
    (243, True, True): "riscv64",
    (258, True, True): "loong64",
}
# ARMv6 has the same number: `sealift.formats.elf.arm_attributes` tells it apart.
_SMALL_PAGES = (EM_386, EM_X86_64, EM_S390, 243)  # kernels for these have pages of 4 KiB only
_SMALLEST_PAGE, _LARGEST_PAGE = 0x1000, 0x10000


class ProgramHeader(Struct, frozen=True):
    """One entry of the program header table; sizes and addresses in bytes."""

    type: int
    flags: int
    offset: int
    vaddr: int
    paddr: int
    filesz: int
    memsz: int
    align: int


class Elf(Struct, frozen=True):
    """The headers of one ELF file.

    Attributes:
        reader: of the whole file.
        header: the ELF header's bytes.
        order: ``<`` or ``>``, as `struct` names byte orders.
    """

    reader: BoundedReader
    header: bytes
    bits: int
    order: str
    type: int
    machine: int
    phoff: int
    segments: tuple[ProgramHeader, ...]

    @property
    def loads(self) -> list[ProgramHeader]:
        """The PT_LOAD segments, in the table's order."""
        return [segment for segment in self.segments if segment.type == PT_LOAD]

    @property
    def machine_name(self) -> str:
        """The architecture as sealift names it, or "" for one that sealift does not know."""
        return _MACHINES.get((self.machine, self.bits == 64, self.order == "<"), "")

    @property
    def page_size(self) -> int:
        """The largest page that a kernel for this machine may use, in bytes.

        4 KiB on x86, s390x and riscv64; elsewhere (arm64, ppc64, loong64) kernels with 64 KiB
        pages exist. Kernels for 32-bit ARM have 4 KiB; those of arm64 that run such programs may
        have more, if the program's linker allowed for it.
        """
        if self.machine in _SMALL_PAGES:
            return _SMALLEST_PAGE
        if self.machine == EM_ARM:
            allowed = max((load.align for load in self.loads), default=0)
            return min(max(allowed, _SMALLEST_PAGE), _LARGEST_PAGE)
        return _LARGEST_PAGE

    def file_offset(self, address: int, size: int = 1) -> int:
        """Return the file offset of an address.

        Raises:
            FormatError: ``size`` bytes there are not in one segment's file part.
        """
        for load in self.loads:
            if load.vaddr <= address and address + size <= load.vaddr + load.filesz:
                return int(load.offset + address - load.vaddr)
        raise self.reader.broken(f"address {address:#x} is not in its file")

    def memory(self, address: int, size: int) -> bytes:
        """Return the ``size`` bytes that are at ``address`` when the program is loaded.

        Raises:
            FormatError: they are not in one segment's file part.
        """
        return self.reader.read(self.file_offset(address, size), size)

    def numbers(self, layout: str, address: int) -> tuple[int, ...]:
        """Return numbers in memory, in the layout that `struct` describes and the file's order."""
        layout = self.order + layout
        return struct.unpack(layout, self.memory(address, struct.calcsize(layout)))


def read_elf(file: BinaryIO, broken: BrokenFile = messages.ELF_BROKEN.error) -> Elf:
    """Read the headers of an ELF program or shared object.

    Args:
        file: open for reading, seekable.
        broken: makes the error for everything that is wrong in the file.

    Raises:
        FormatError: as ``broken`` makes it.
    """
    reader = BoundedReader(file, broken)
    ident = reader.read(0, 20)
    if ident[:4] != b"\x7fELF" or ident[4] not in (1, 2) or ident[5] not in (1, 2):
        raise reader.broken("it does not begin with an ELF header")
    bits = 32 * ident[4]
    order = "<" if ident[5] == 1 else ">"
    header = reader.read(0, 52 if bits == 32 else 64)
    fields = struct.unpack_from(
        order + ("HHIIIIIHHHHHH" if bits == 32 else "HHIQQQIHHHHHH"), header, 16
    )
    kind, machine, _, _, phoff, _, _, _, phentsize, phnum = fields[:10]
    if kind not in (ET_EXEC, ET_DYN):
        raise reader.broken(f"its type is {kind}, which is not an executable")
    if phentsize != entry_format(bits, order).size or phnum in (0, PN_XNUM):
        raise reader.broken("its program header table has an unknown form")
    table = reader.read(phoff, phnum * phentsize)
    segments = tuple(_unpack(table, bits, order))
    for segment in segments:
        if segment.filesz and segment.offset + segment.filesz > reader.size:
            raise reader.broken("a segment reaches past the end of the file: it is truncated")
        if segment.type == PT_LOAD and segment.filesz > segment.memsz:
            raise reader.broken("a segment is larger in the file than in memory")
    return Elf(reader, header, bits, order, kind, machine, phoff, segments)


def interpreter(elf: Elf) -> str:
    """Return the path of the program's dynamic loader, or "" for a static program."""
    for segment in elf.segments:
        if segment.type == PT_INTERP:
            data = elf.reader.read(segment.offset, min(segment.filesz, _LARGEST_TEXT))
            return data.split(b"\0", 1)[0].decode("utf-8", "replace")
    return ""


def find_blob(elf: Elf) -> tuple[int, int] | None:
    """Return the blob's file offset and size, found as Node finds it; None if there is no blob.

    Raises:
        FormatError: a note reaches out of its segment.
    """
    for segment in elf.segments:
        if segment.type != PT_NOTE:
            continue
        pad = 8 if segment.align == 8 else 4  # GNU properties on 64 bit are padded to 8
        position, end = segment.offset, segment.offset + segment.filesz
        while end - position >= 12:
            namesz, descsz, _ = elf.reader.numbers(elf.order + "III", position)
            name_at = position + 12
            desc_at = position + -(-(12 + namesz) // pad) * pad
            position = desc_at + -(-descsz // pad) * pad
            if desc_at + descsz > end:
                raise elf.reader.broken("a note reaches out of its segment")
            if namesz == len(NOTE_NAME) and elf.reader.read(name_at, namesz) == NOTE_NAME:
                return desc_at, descsz
    return None


def entry_format(bits: int, order: str) -> struct.Struct:
    """Return the form of one program header table entry."""
    return struct.Struct(order + ("8I" if bits == 32 else "IIQQQQQQ"))


def pack_entry(bits: int, order: str, s: ProgramHeader) -> bytes:
    """Return the entry's bytes; ELF32 has the flags last but one."""
    if bits == 64:
        fields = (s.type, s.flags, s.offset, s.vaddr, s.paddr, s.filesz, s.memsz, s.align)
    else:
        fields = (s.type, s.offset, s.vaddr, s.paddr, s.filesz, s.memsz, s.flags, s.align)
    return entry_format(bits, order).pack(*fields)


def _unpack(table: bytes, bits: int, order: str) -> Iterator[ProgramHeader]:
    for fields in entry_format(bits, order).iter_unpack(table):
        if bits == 64:
            kind, flags, offset, vaddr, paddr, filesz, memsz, align = fields
        else:
            kind, offset, vaddr, paddr, filesz, memsz, flags, align = fields
        yield ProgramHeader(kind, flags, offset, vaddr, paddr, filesz, memsz, align)

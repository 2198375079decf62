"""Check an ELF executable against the Node binary that it was made of.

What every system needs to start it:

- every segment of the base is there, unchanged in the table and in the file;
- exactly one read-only PT_LOAD and one PT_NOTE are new, in the places that loaders demand:
  PT_LOADs are in ascending order of address, share no page, and have the same offset in a page as
  in the file;
- the moved program header table is where kernels (AT_PHDR; before 5.18 load address + e_phoff),
  qemu-user and the C library (PT_PHDR) look for it;
- Node finds one note of its name, and it is in memory;
- the fuse is set.

Offsets in the ELF header, 64 (32) bit: e_entry 24 (24), e_phoff 32 (28), e_shoff 40 (32),
e_phnum 56 (44), e_shnum 60 (48), e_shstrndx 62 (50).
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO, NamedTuple

from sealift.formats.node_facts import NodeFacts
from sealift.verify.comparing import must_equal, read_exactly, wrong

LOAD, NOTE, PHDR = 1, 4, 6
READ_ONLY = 4
_BLOB_NOTE = b"NODE_SEA_BLOB\0"
FUSE = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1"
_SMALL_PAGES = (3, 62, 22, 243)  # x86, x64, s390x, riscv64: their kernels have 4 KiB only
_ARM = 40


class Segment(NamedTuple):
    """One entry of a program header table."""

    kind: int
    flags: int
    offset: int
    address: int
    physical: int
    file_size: int
    memory_size: int
    alignment: int

    @property
    def file_end(self) -> int:
        """File offset after it."""
        return self.offset + self.file_size


class Program:
    """One ELF file's header and program header table."""

    def __init__(self, file: BinaryIO) -> None:
        ident = read_exactly(file, 0, 20)
        if ident[:4] != b"\x7fELF":
            raise wrong("it is no ELF file")
        self.wide = ident[4] == 2
        self.order = ">" if ident[5] == 2 else "<"
        self.machine = self._number(ident, 18, "H")
        self.header = read_exactly(file, 0, 64 if self.wide else 52)
        word = "Q" if self.wide else "L"
        self.table_at = self._number(self.header, 32 if self.wide else 28, word)
        self.count = self._number(self.header, 56 if self.wide else 44, "H")
        self.table_size = self.count * (56 if self.wide else 32)
        entry = struct.Struct(self.order + ("LLQQQQQQ" if self.wide else "8L"))
        table = read_exactly(file, self.table_at, self.table_size)
        self.segments = [self._segment(fields) for fields in entry.iter_unpack(table)]

    def _number(self, data: bytes, at: int, format_: str) -> int:
        return int(struct.unpack_from(self.order + format_, data, at)[0])

    def _segment(self, fields: tuple[int, ...]) -> Segment:
        if self.wide:
            return Segment(*fields)
        kind, offset, address, physical, file_size, memory_size, flags, alignment = fields
        return Segment(kind, flags, offset, address, physical, file_size, memory_size, alignment)

    @property
    def loads(self) -> list[Segment]:
        """The PT_LOADs, in the table's order."""
        return [segment for segment in self.segments if segment.kind == LOAD]

    def header_without_tables(self) -> bytes:
        """The header with zeros in place of the tables' offsets and lengths."""
        header = bytearray(self.header)
        fields = ((32, 16), (56, 2), (60, 4)) if self.wide else ((28, 8), (44, 2), (48, 4))
        for at, size in fields:
            header[at : at + size] = bytes(size)
        return bytes(header)

    def has_sections(self) -> bool:
        """True if the header refers to section headers."""
        at, size, counts = (40, 8, 60) if self.wide else (32, 4, 48)
        return any(self.header[at : at + size] + self.header[counts : counts + 4])


def verify_elf(file: BinaryIO, base: BinaryIO, facts: NodeFacts) -> tuple[int, int]:
    """Check ``file`` against ``base`` and return the file offset and size of the blob.

    Raises:
        FormatError: ``verification-failed``.
    """
    size = file.seek(0, os.SEEK_END)
    program, original = read_both(file, base)
    load = _check_segments(program, original)
    _check_loads(program, size, page_size(original))
    _check_table(program, original, load)
    _check_bytes(file, base, original, load, facts)
    blob_at, blob_size = find_note(file, program)
    end = blob_at + blob_size
    if not load.offset <= blob_at or end + -end % 4 != load.file_end or load.file_end != size:
        raise wrong("its blob does not end where its segment and the file end")
    if any(read_exactly(file, end, load.file_end - end)):
        raise wrong("there is something behind its blob")
    if any(read_exactly(file, blob_at - 32, 4)):
        raise wrong("there is something between its table and its note")
    return blob_at, blob_size


def read_both(file: BinaryIO, base: BinaryIO) -> tuple[Program, Program]:
    """Read the executable and its base; their headers must be equal except for the tables.

    Raises:
        FormatError: ``verification-failed``.
    """
    program, original = Program(file), Program(base)
    if program.header_without_tables() != original.header_without_tables():
        raise wrong("its ELF header differs in more than the place of its tables")
    if program.has_sections():
        raise wrong("it has section headers, which were to be left out")
    return program, original


def _check_segments(program: Program, original: Program) -> Segment:
    """Check that the table is the base's with one PT_LOAD and one PT_NOTE; return the PT_LOAD."""
    added = [s for s in program.segments if s.kind != PHDR]
    # Segments that take no memory (PT_RISCV_ATTRIBUTES) are left out with their sections.
    kept = [s for s in original.segments if s.kind != PHDR and (s.memory_size or not s.file_size)]
    for segment in kept:
        if segment not in added:
            raise wrong(f"segment {segment.offset:#x} of the base is missing or changed")
        added.remove(segment)
    if sorted((s.kind, s.flags) for s in added) != [(LOAD, READ_ONLY), (NOTE, READ_ONLY)]:
        raise wrong("the segments added are not one PT_LOAD and one PT_NOTE, for reading only")
    load, note = sorted(added)
    page = page_size(original)
    if (load.physical, load.alignment) != (
        load.address,
        page,
    ) or load.memory_size != load.file_size:
        raise wrong("the new PT_LOAD has odd fields")
    if (note.physical, note.alignment) != (note.address, 4) or note.memory_size != note.file_size:
        raise wrong("the new PT_NOTE has odd fields")
    table_end = program.table_at + program.table_size
    if (note.offset, note.file_end) != (table_end + 4, load.file_end):
        raise wrong("the new PT_NOTE is not all that follows the table")
    return load


def page_size(program: Program) -> int:
    """The largest page that the machine's kernels use with this program."""
    if program.machine in _SMALL_PAGES:
        return 0x1000
    if program.machine == _ARM:  # kernels of arm64 run it if its linker allowed for their pages
        return sorted((0x1000, max(load.alignment for load in program.loads), 0x10000))[1]
    return 0x10000


def _check_loads(program: Program, size: int, page: int) -> None:
    pages_end = memory_end = file_end = 0
    for segment in program.segments:
        if segment.file_size and segment.file_end > size:
            raise wrong("a segment reaches past the end of the file")
    for number, load in enumerate(program.loads):
        if load.offset % page != load.address % page or load.file_size > load.memory_size:
            raise wrong(f"PT_LOAD {number} cannot be mapped")
        if load.address < memory_end or (load.file_size and load.offset < file_end):
            raise wrong(f"PT_LOAD {number} overlaps the one before or is out of order")
        memory_end = load.address + load.memory_size
        file_end = max(file_end, load.file_end)
        if number == len(program.loads) - 1 and load.address < pages_end:
            raise wrong("the new PT_LOAD shares a page with another")
        pages_end = -(-memory_end // page) * page
    if memory_end > 1 << (64 if program.wide else 32):
        raise wrong("its segments do not fit into the address space")


def _check_table(program: Program, original: Program, load: Segment) -> None:
    first = program.loads[0]
    address = load.address + program.table_at - load.offset
    if program.loads[-1] != load:
        raise wrong("the new PT_LOAD is not the last")
    if (
        not load.offset
        <= program.table_at
        <= program.table_at + program.table_size
        <= load.file_end
    ):
        raise wrong("its program header table is not in the new PT_LOAD")
    if address - program.table_at != first.address - first.offset:
        raise wrong("kernels before 5.18 would not find its program header table")
    if address % (8 if program.wide else 4):
        raise wrong("its program header table is not aligned")
    # Older linkers mark the table as executable; no loader reads that.
    flags = {segment.flags for segment in original.segments if segment.kind == PHDR}
    for index, segment in enumerate(program.segments):
        if segment.kind == PHDR:
            place = Segment(
                PHDR,
                max(flags, default=READ_ONLY),
                program.table_at,
                address,
                address,
                program.table_size,
                program.table_size,
                8 if program.wide else 4,
            )
            if segment != place:
                raise wrong("PT_PHDR does not say where the program header table is")
            if index >= program.segments.index(first):
                raise wrong("PT_PHDR comes after a PT_LOAD")


def _check_bytes(
    file: BinaryIO, base: BinaryIO, original: Program, load: Segment, facts: NodeFacts
) -> None:
    """Compare the bytes of the base's segments; only header and fuse may differ."""
    end = max(load.file_end for load in original.loads)
    must_equal_but_for_fuse(file, base, len(original.header), end, facts.fuse_offset)
    if any(read_exactly(file, end, load.offset - end)):
        raise wrong("there is something in the padding before the new PT_LOAD")


def must_equal_but_for_fuse(
    file: BinaryIO, base: BinaryIO, start: int, end: int, fuse: int
) -> None:
    """Compare the bytes from ``start`` to ``end``; the fuse at offset ``fuse`` must be set.

    Raises:
        FormatError: ``verification-failed``.
    """
    if not start <= fuse < end:
        raise wrong("its fuse is not in a segment")
    if read_exactly(file, fuse + 1 - len(FUSE), len(FUSE)) != FUSE:
        raise wrong("its fuse is not blown")
    must_equal(file, start, base, start, fuse - start, "the part before the fuse")
    must_equal(file, fuse + 1, base, fuse + 1, end - fuse - 1, "the part behind the fuse")


def find_note(file: BinaryIO, program: Program) -> tuple[int, int]:
    """Find the blob's note as Node's code does: by address, in every PT_NOTE."""
    found = []
    for segment in program.segments:
        if segment.kind != NOTE:
            continue
        address, end = segment.address, segment.address + segment.memory_size
        pad = 8 if segment.alignment == 8 else 4
        while end - address >= 12:
            at = _file_offset(program, address, 12)
            header = read_exactly(file, at, 12)
            name_size, size, kind = struct.unpack(program.order + "LLL", header)
            content = at + -(-(12 + name_size) // pad) * pad
            if name_size == len(_BLOB_NOTE) and read_exactly(file, at + 12, 14) == _BLOB_NOTE:
                if any(read_exactly(file, at + 26, 2)):
                    raise wrong("its note's name is not padded with zeros")
                _file_offset(program, address, content - at + size)
                found.append((content, size, kind))
            address += content - at + -(-size // pad) * pad
    if len(found) != 1 or found[0][2] != 0:
        raise wrong(f"Node would find {len(found)} blobs in it")
    return found[0][:2]


def _file_offset(program: Program, address: int, size: int) -> int:
    """Return the file offset of ``size`` bytes at an address, in one PT_LOAD's file part."""
    for load in program.loads:
        if load.address <= address and address + size <= load.address + load.file_size:
            return address - load.address + load.offset
    raise wrong("a note is not in memory")

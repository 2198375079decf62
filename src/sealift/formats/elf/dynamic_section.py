r"""ELF's dynamic section: which libraries a file needs, where they are searched, which symbols.

Everything is found as the dynamic loader finds it, by the PT_DYNAMIC segment; section headers may
be missing. The segment holds entries of two words, tag and value, up to a tag of 0 (DT_NULL)::

    1   DT_NEEDED   name of a library          10  DT_STRSZ    size of the names in bytes
    4   DT_HASH     address of a hash table    14  DT_SONAME   the file's own name
    5   DT_STRTAB   address of the names       15  DT_RPATH    directories, ``:`` between them
    6   DT_SYMTAB   address of the symbols     29  DT_RUNPATH  directories, instead of DT_RPATH

A name is an offset from DT_STRTAB. Symbols::

    ELF64   u32 name, u8 info, u8 other, u16 section, u64 value, u64 size
    ELF32   u32 name, u32 value, u32 size, u8 info, u8 other, u16 section

Section 0: it is defined elsewhere. Info, bits 4 and up: 2 is weak. No entry counts the symbols; the
hash tables do::

    DT_HASH                     u32 buckets, u32 symbols, ...   (u64 each on 64-bit s390x)
    DT_GNU_HASH (0x6ffffef5)    u32 buckets, u32 first symbol that has a hash, u32 words of the
                                filter, u32 shift, word filter[words], u32 bucket[buckets]: first
                                symbol of each, u32 chain[]: one for each symbol from the first;
                                bit 0 ends a bucket

A word has 4 or 8 bytes. Source: System V gABI, chapter 5; DT_GNU_HASH: binutils,
``bfd/elflink.c``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from sealift.formats.elf.headers import EM_S390, PT_DYNAMIC, Elf

DT_NEEDED, DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SONAME = 1, 4, 5, 6, 10, 14
DT_RPATH, DT_RUNPATH, DT_GNU_HASH = 15, 29, 0x6FFFFEF5
_LARGEST_SECTION = 1 << 16
_LARGEST_NAMES = 64 << 20
_MOST_SYMBOLS = 4_000_000
_CHUNK = 1 << 20
_WEAK = 2


class DynamicEntry(NamedTuple):
    """One entry; ``offset`` is where it is in the file."""

    offset: int
    tag: int
    value: int


class Symbol(NamedTuple):
    """One symbol; the file needs it from another one unless it is defined."""

    name: bytes
    is_defined: bool
    is_weak: bool


class DynamicSection(Struct, frozen=True):
    """A dynamic section.

    Attributes:
        needed: names of libraries, in the order in which they are searched for symbols.
        name: the file's own name (DT_SONAME), or "".
        search_path: directories of DT_RUNPATH, or else of DT_RPATH, with ``:`` between them.
    """

    elf: Elf
    entries: tuple[DynamicEntry, ...]
    needed: tuple[str, ...] = ()
    name: str = ""
    search_path: str = ""

    def values(self, tag: int) -> list[int]:
        """Return the values of all entries with a tag."""
        return [entry.value for entry in self.entries if entry.tag == tag]

    def value(self, tag: int) -> int:
        """Return the value of the first entry with a tag, or 0."""
        return next(iter(self.values(tag)), 0)

    def texts(self, tag: int) -> tuple[str, ...]:
        """Return the names that all entries with a tag refer to."""
        return tuple(map(self.text, self.values(tag)))

    def text(self, offset: int) -> str:
        """Return the name at an offset from DT_STRTAB."""
        if not self.values(DT_STRTAB):
            raise self.elf.reader.broken("its dynamic section has no names")
        at = self.elf.file_offset(self.value(DT_STRTAB) + offset)
        return self.elf.reader.text(at).decode("utf-8", "replace")

    def symbols(self, prefix: bytes = b"") -> Iterator[Symbol]:
        """Yield the symbols whose names begin with ``prefix``.

        Raises:
            FormatError: the tables contradict one another, or are too large.
        """
        elf, table = self.elf, self.value(DT_SYMTAB)
        count = self._symbol_count() if table else 0
        if not count:
            return
        names_size = self.value(DT_STRSZ)
        if count > _MOST_SYMBOLS or names_size > _LARGEST_NAMES:
            raise elf.reader.broken("its symbol table is too large")
        names = elf.memory(self.value(DT_STRTAB), names_size) + b"\0"
        wide = elf.bits == 64
        layout = struct.Struct(elf.order + ("IBBHQQ" if wide else "IIIBBH"))
        info_at, section_at = (1, 3) if wide else (3, 5)
        step = _CHUNK // layout.size
        for first in range(0, count, step):
            address, size = table + first * layout.size, min(step, count - first) * layout.size
            for fields in layout.iter_unpack(elf.memory(address, size)):
                start = fields[0]
                if names.startswith(prefix, start):
                    name = names[start : names.find(b"\0", start)]
                    yield Symbol(name, fields[section_at] != 0, fields[info_at] >> 4 == _WEAK)

    def _symbol_count(self) -> int:
        if self.value(DT_GNU_HASH):
            return self._count_by_gnu_hash(self.value(DT_GNU_HASH))
        if self.value(DT_HASH):
            wide = self.elf.machine == EM_S390 and self.elf.bits == 64
            return self.elf.numbers("QQ" if wide else "II", self.value(DT_HASH))[1]
        return 0

    def _count_by_gnu_hash(self, table: int) -> int:
        elf = self.elf
        buckets, first, words, _ = elf.numbers("IIII", table)
        starts = table + 16 + words * elf.bits // 8
        if max(buckets, words) > _MOST_SYMBOLS:
            raise elf.reader.broken("its hash table is too large")
        last = max(elf.numbers(f"{buckets}I", starts), default=0)
        if last < first:
            return first
        chain = starts + 4 * buckets
        while last < _MOST_SYMBOLS:
            (value,) = elf.numbers("I", chain + 4 * (last - first))
            last += 1
            if value & 1:
                return last
        raise elf.reader.broken("its hash table has no end")


def read_dynamic_section(elf: Elf) -> DynamicSection | None:
    """Return the dynamic section; None if there is none, as in a static program.

    Raises:
        FormatError: it is cut off, or its names are.
    """
    segment = next((one for one in elf.segments if one.type == PT_DYNAMIC), None)
    # Files that hold debugging information alone have the segment without its bytes.
    if segment is None or not segment.filesz:
        return None
    plain = DynamicSection(elf, tuple(_entries(elf, segment.vaddr, segment.filesz)))
    return DynamicSection(
        elf,
        plain.entries,
        needed=plain.texts(DT_NEEDED),
        name=next(iter(plain.texts(DT_SONAME)), ""),
        search_path=":".join(plain.texts(DT_RUNPATH) or plain.texts(DT_RPATH)),
    )


def _entries(elf: Elf, address: int, size: int) -> Iterator[DynamicEntry]:
    layout = struct.Struct(elf.order + ("II" if elf.bits == 32 else "QQ"))
    if size > _LARGEST_SECTION:
        raise elf.reader.broken("its dynamic section is too long")
    size -= size % layout.size
    at = elf.file_offset(address, size)
    for tag, value in layout.iter_unpack(elf.reader.read(at, size)):
        if tag == 0:
            return
        yield DynamicEntry(at, tag, value)
        at += layout.size
    raise elf.reader.broken("its dynamic section has no end")

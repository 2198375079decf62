r"""ELF's dynamic section: which shared libraries a program asks for, and where it looks for them.

The segment PT_DYNAMIC holds entries of two words, tag and value, up to a tag of 0 (DT_NULL)::

    1   DT_NEEDED   name of a library          10  DT_STRSZ    size of the names
    5   DT_STRTAB   address of the names       14  DT_SONAME   a library's own name
    6   DT_SYMTAB   address of the symbols     15  DT_RPATH    directories, ``:`` between them
                                               29  DT_RUNPATH  directories, likewise

A name is an offset from DT_STRTAB. A symbol of ELF64 has 24 bytes: u32 name, u8 info (bits 4 and
up: 2 is weak), u8 other, u16 section (0: defined elsewhere), u64 value, u64 size. How many there
are is told by no entry; in DT_GNU_HASH (0x6ffffef5) the last one's chain ends with an odd number::

    u32 buckets, u32 first symbol that has a hash, u32 words of the filter, u32 shift,
    u64 filter[words], u32 bucket[buckets]: first symbol, u32 chain[]: one a symbol from the first

Source: System V gABI, chapter 5; DT_GNU_HASH: binutils, ``bfd/elflink.c``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from sealift.errors import FormatError
from sealift.formats.elf.headers import PT_DYNAMIC, Elf

DT_NEEDED, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SONAME, DT_RPATH, DT_RUNPATH = 1, 5, 6, 10, 14, 15, 29
DT_GNU_HASH = 0x6FFFFEF5
_SYMBOL = struct.Struct("IBBHQQ")
_LARGEST_SECTION = 1 << 16
_LONGEST_NAME = 4096
_LARGEST_NAMES = 64 << 20
_CHUNK = 1 << 20
_WEAK = 2


@dataclass(frozen=True, slots=True)
class DynamicEntry:
    """One entry; ``offset`` is where it is in the file."""

    offset: int
    tag: int
    value: int


@dataclass(frozen=True, slots=True)
class Dynamic:
    """A dynamic section.

    Attributes:
        needed: names of libraries, in the order in which they are searched for symbols.
        name: the library's own (DT_SONAME), or "".
        search_path: of DT_RPATH or DT_RUNPATH, or "".
    """

    entries: tuple[DynamicEntry, ...]
    needed: tuple[str, ...]
    name: str
    search_path: str

    def value(self, tag: int) -> int | None:
        """The value of the first entry with that tag, or None."""
        return next((entry.value for entry in self.entries if entry.tag == tag), None)


def read_dynamic(file: BinaryIO, elf: Elf) -> Dynamic | None:
    """Read the dynamic section; None where there is none: a static program.

    Raises:
        FormatError: ``elf-broken``.
    """
    segment = next((one for one in elf.segments if one.type == PT_DYNAMIC), None)
    if segment is None:
        return None
    entries = tuple(_entries(file, elf, segment.vaddr, segment.filesz))
    strings = next((entry.value for entry in entries if entry.tag == DT_STRTAB), None)

    def names(*tags: int) -> Iterator[str]:
        for entry in entries:
            if entry.tag in tags:
                if strings is None:
                    raise broken("its dynamic section has no names")
                yield _text(file, elf, strings + entry.value)

    return Dynamic(
        entries,
        tuple(names(DT_NEEDED)),
        next(names(DT_SONAME), ""),
        ":".join(names(DT_RPATH, DT_RUNPATH)),
    )


def symbol_names(
    file: BinaryIO, elf: Elf, dynamic: Dynamic, prefix: bytes
) -> tuple[set[str], set[str]]:
    """Give the names that begin with ``prefix`` of an ELF64: those it defines, and those it needs.

    Raises:
        FormatError: ``elf-broken``.
    """
    symbols, hashes = dynamic.value(DT_SYMTAB), dynamic.value(DT_GNU_HASH)
    strings, size = dynamic.value(DT_STRTAB), dynamic.value(DT_STRSZ)
    if None in (symbols, hashes, strings, size) or elf.bits != 64:
        raise broken("it has no table of symbols")
    assert symbols is not None and hashes is not None and strings is not None and size is not None
    if size > _LARGEST_NAMES:
        raise broken("its names are too many")
    count = _symbol_count(file, elf, hashes)
    names = read_memory(file, elf, strings, size) + b"\0"
    layout = struct.Struct(elf.order + _SYMBOL.format)
    defined: set[str] = set()
    needed: set[str] = set()
    step = _CHUNK // layout.size
    for first in range(0, count, step):
        data = read_memory(
            file, elf, symbols + first * layout.size, min(step, count - first) * layout.size
        )
        for name, info, _, section, _, _ in layout.iter_unpack(data):
            if names.startswith(prefix, name) and (section or info >> 4 != _WEAK):
                text = names[name : names.index(b"\0", name)].decode("utf-8", "replace")
                (defined if section else needed).add(text)
    return defined, needed


def read_memory(file: BinaryIO, elf: Elf, address: int, size: int) -> bytes:
    """Read ``size`` bytes that lie at ``address`` once the program is loaded, from its file.

    Raises:
        FormatError: ``elf-broken``: they are not in one segment's file part.
    """
    file.seek(file_offset(elf, address, size))
    data = file.read(size)
    if len(data) != size:
        raise broken("it ends too early: it is truncated")
    return data


def file_offset(elf: Elf, address: int, size: int) -> int:
    """Give the file offset of an address of which ``size`` bytes are in one segment's file part.

    Raises:
        FormatError: ``elf-broken``: they are not.
    """
    for load in elf.loads:
        if load.vaddr <= address and address + size <= load.vaddr + load.filesz:
            return int(load.offset + address - load.vaddr)
    raise broken(f"address {address:#x} is not in its file")


def broken(why: str) -> FormatError:
    """Give the error of an ELF file whose tables contradict one another."""
    return FormatError(
        "elf-broken", f"The ELF file is broken: {why}.", "Fetch it again, or name another one."
    )


def _entries(file: BinaryIO, elf: Elf, address: int, size: int) -> Iterator[DynamicEntry]:
    layout = struct.Struct(elf.order + ("II" if elf.bits == 32 else "QQ"))
    if size > _LARGEST_SECTION:
        raise broken("its dynamic section is too long")
    size -= size % layout.size
    at = file_offset(elf, address, size)
    for tag, value in layout.iter_unpack(read_memory(file, elf, address, size)):
        if tag == 0:
            return
        yield DynamicEntry(at, tag, value)
        at += layout.size
    raise broken("its dynamic section has no end")


def _text(file: BinaryIO, elf: Elf, address: int) -> str:
    at = file_offset(elf, address, 1)
    file.seek(at)
    data, end, _ = file.read(_LONGEST_NAME).partition(b"\0")
    if not end:
        raise broken("a name in its dynamic section has no end")
    return data.decode("utf-8", "replace")


def _symbol_count(file: BinaryIO, elf: Elf, address: int) -> int:
    buckets, first, words, _ = struct.unpack(
        elf.order + "IIII", read_memory(file, elf, address, 16)
    )
    table = address + 16 + 8 * words
    chains = table + 4 * buckets
    numbers = struct.iter_unpack(elf.order + "I", read_memory(file, elf, table, 4 * buckets))
    last = max((int(number) for (number,) in numbers), default=0)
    if last < first:
        return int(first)
    odd_byte = 0 if elf.order == "<" else 3
    while not read_memory(file, elf, chains + 4 * (last - first), 4)[odd_byte] & 1:
        last += 1
    return int(last) + 1

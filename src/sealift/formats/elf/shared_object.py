r"""Facts of an ELF shared object: what it is linked with, which versions of it, which symbols.

All is found as the dynamic loader finds it, by the PT_DYNAMIC segment; section headers may be
missing. A word has 4 or 8 bytes, the byte order is the file's. Addresses lie in PT_LOADs::

    dynamic    entries of word tag, word value, up to tag 0:
                 1 NEEDED        4 HASH         5 STRTAB    6 SYMTAB   10 STRSZ     14 SONAME
                 15 RPATH        29 RUNPATH     0x6ffffef5 GNU_HASH    0x6ffffffb FLAGS_1
                 0x6ffffffe VERNEED             0x6fffffff VERNEEDNUM
                 7 RELA         8 RELASZ
    symbol     ELF64: u32 name, u8 info, u8 other, u16 section, u64 value, u64 size
               ELF32: u32 name, u32 value, u32 size, u8 info, u8 other, u16 section
               section 0: it is imported
    HASH       u32 buckets, u32 number of symbols, ...   (u64 each on 64-bit s390x)
    GNU_HASH   u32 buckets, u32 first symbol, u32 words in the filter, u32 shift, the filter's
               words, u32 x buckets: first symbol of each, then u32 for each symbol from the
               first one on, of which bit 0 ends a bucket
    verneed    u16 version, u16 count, u32 file, u32 aux, u32 next, the last two from its start
    rela       word address, word info (symbol above its low half or byte), word addend
    vernaux    u32 hash, u16 flags (2: weak), u16 index, u32 name, u32 next

Sources: System V gABI chapter 5; LSB 5, "Symbol Versioning"; glibc's ``elf.h``.
"""

from __future__ import annotations

import re
import struct
from typing import BinaryIO

from sealift.errors import FormatError
from sealift.formats.addon_registration import LARGEST_DATA, registered_version
from sealift.formats.elf.headers import ET_EXEC, PT_NOTE, Elf, interpreter, read_elf
from sealift.formats.shared_object_facts import SharedObject, Symbols, Version, Window, readable

_PT_DYNAMIC = 2
_PF_W = 2
_OSABI_FREEBSD = 9
_EM_S390 = 22
_NEEDED, _HASH, _STRTAB, _SYMTAB, _STRSZ, _SONAME = 1, 4, 5, 6, 10, 14
_RPATH, _RUNPATH, _GNU_HASH, _FLAGS_1 = 15, 29, 0x6FFFFEF5, 0x6FFFFFFB
_RELA, _RELASZ = 7, 8
_VERNEED, _VERNEEDNUM = 0x6FFFFFFE, 0x6FFFFFFF
_PIE = 0x08000000
_WEAK = 2
_MOST_SYMBOLS = 4_000_000
_MOST_VERSIONS = 1 << 16
_LARGEST_TABLE = 64 << 20
_VERSION = re.compile(r"(GLIBC|GLIBCXX|GCC)_(\d+(?:\.\d+)*)\Z")
# Not a number, but there since that version of glibc; what is linked with `-z pack-relative-relocs`
# asks for it.
_RELATIVE_RELOCATIONS = "GLIBC_ABI_DT_RELR"
_SINCE_RELATIVE_RELOCATIONS = (2, 36)
_LIBGCC = "libgcc_s.so"  # on arm64 it has names of version GLIBC_2.0 itself, on musl too
_ANDROID_NOTE = b"Android\0"


def read_elf_object(file: BinaryIO, name: str, *, symbols: bool) -> SharedObject:
    """Read the facts; without ``symbols`` those about Node are left out, and nothing is scanned.

    Raises:
        FormatError: ``shared-object-broken``.
    """
    window = Window(file, name)
    try:
        elf = read_elf(file)
        loader = interpreter(file, elf)
    except FormatError as error:
        raise window.broken(error.message.partition(": ")[2].rstrip(".")) from None
    dynamic = _Dynamic(window, elf)
    versions = dynamic.versions()
    needed = tuple(dict.fromkeys(map(dynamic.text, dynamic.all(_NEEDED))))
    paths = ":".join(map(dynamic.text, dynamic.all(_RUNPATH) or dynamic.all(_RPATH)))
    found = dynamic.symbols() if symbols else Symbols()
    system = _system(window, elf)
    return SharedObject(
        container="elf",
        system=system,
        machines=frozenset([elf.machine_name or f"machine {elf.machine:#x}"]),
        is_program=bool(loader) or elf.type == ET_EXEC or bool(dynamic.one(_FLAGS_1) & _PIE),
        libc=_libc((loader.rpartition("/")[2], *needed), versions) if system == "linux" else "",
        glibc=versions.get("GLIBC", ()),
        glibcxx=versions.get("GLIBCXX", ()),
        gcc=versions.get("GCC", ()),
        needed=needed,
        search_paths=tuple(filter(None, paths.split(":"))),
        name=dynamic.text(dynamic.one(_SONAME)) if dynamic.all(_SONAME) else "",
        node_api=found.node_api,
        node_cpp=found.node_cpp,
        module_version=found.module_version,
    )


def _libc(names: tuple[str, ...], versions: dict[str, Version]) -> str:
    for name in names:
        # Whoever links with musl by its own name, as Zig does, asks for `libc.so`.
        if name == "libc.so" or name.startswith(("libc.musl-", "ld-musl-")):
            return "musl"
    if versions.get("GLIBC") or any(
        name.startswith(("libc.so.", "ld-linux", "ld64.so.")) for name in names
    ):
        return "glibc"
    return ""


def _system(window: Window, elf: Elf) -> str:
    if elf.header[7] == _OSABI_FREEBSD:
        return "freebsd"
    for segment in elf.segments:
        if segment.type == PT_NOTE and segment.filesz >= 12 + len(_ANDROID_NOTE):
            head = window.at(segment.offset, 12 + len(_ANDROID_NOTE))
            if head.endswith(_ANDROID_NOTE):
                return "android"
    return "linux"


class _Dynamic:
    """The dynamic section of one file, and what it points to."""

    def __init__(self, window: Window, elf: Elf) -> None:
        self._window, self._elf = window, elf
        self._wide = elf.bits == 64
        self._entries: list[tuple[int, int]] = []
        for segment in elf.segments:
            if segment.type == _PT_DYNAMIC and segment.filesz <= _LARGEST_TABLE:
                layout = struct.Struct(elf.order + ("QQ" if self._wide else "II"))
                whole = segment.filesz - segment.filesz % layout.size
                for tag, value in layout.iter_unpack(window.at(segment.offset, whole)):
                    if tag == 0:
                        break
                    self._entries.append((tag, value))

    def all(self, tag: int) -> list[int]:
        return [value for key, value in self._entries if key == tag]

    def one(self, tag: int) -> int:
        return next(iter(self.all(tag)), 0)

    def text(self, offset: int) -> str:
        """Give a text of the string table."""
        return readable(self._window.text(self._offset(self.one(_STRTAB) + offset)))

    def versions(self) -> dict[str, Version]:
        """Give the highest version of each kind without which it does not load."""
        found: dict[str, Version] = {}
        entry, left = self.one(_VERNEED), _MOST_VERSIONS
        for _ in range(min(self.one(_VERNEEDNUM), _MOST_VERSIONS) if entry else 0):
            _, count, file, aux, following = self._numbers("HHIII", entry)
            own = self.text(file).startswith(_LIBGCC)
            item = entry + aux
            left -= count
            if left < 0:
                raise self._window.broken("it asks for too many versions")
            for _ in range(count):
                _, flags, _, name, after = self._numbers("IHHII", item)
                text = self.text(name)
                match = _VERSION.match(text)
                if text == _RELATIVE_RELOCATIONS:
                    found["GLIBC"] = max(found.get("GLIBC", ()), _SINCE_RELATIVE_RELOCATIONS)
                elif match and not flags & _WEAK and not (own and match[1] == "GLIBC"):
                    kind, number = match[1], tuple(map(int, match[2].split(".")))
                    found[kind] = max(found.get(kind, ()), number)
                if not after:
                    break
                item += after
            if not following:
                break
            entry += following
        return found

    def symbols(self) -> Symbols:
        """Look at every name that it imports or exports."""
        found = Symbols()
        table = self.one(_SYMTAB)
        count = self._count() if table else 0
        if not count:
            return found
        layout = struct.Struct(self._elf.order + ("IBBHQQ" if self._wide else "IIIBBH"))
        section_at = 3 if self._wide else 5
        size = self.one(_STRSZ)
        if count > _MOST_SYMBOLS or size > _LARGEST_TABLE:
            raise self._window.broken("its symbol table is too large")
        names = self._window.at(self._offset(self.one(_STRTAB)), size)
        records = self._window.at(self._offset(table), count * layout.size)
        for fields in layout.iter_unpack(records):
            name = names[fields[0] : names.find(b"\0", fields[0])]
            if fields[section_at]:
                found.exported(name)
            else:
                found.imported(name)
        if found.registers_itself:
            found.module_version = self._registered()
        return found

    def _registered(self) -> int | None:
        """Find what it registers itself with; it is in memory that is written to."""
        window, word = self._window, self._elf.bits // 8
        moved = self._moved()
        for load in self._elf.loads:
            if not load.flags & _PF_W or load.filesz > LARGEST_DATA:
                continue
            skipped = -load.vaddr % word
            data = window.at(load.offset + skipped, max(load.filesz - skipped, 0))
            start = load.vaddr + skipped

            def text_at(position: int, start: int = start, data: bytes = data) -> bytes:
                raw = data[position : position + word]
                stored = int.from_bytes(raw, "little" if self._elf.order == "<" else "big")
                try:
                    return window.text(self._offset(moved.get(start + position, stored)))
                except FormatError:
                    return b""

            big_endian = self._elf.order == ">"
            found = registered_version(data, word, text_at, big_endian=big_endian)
            if found is not None:
                return found
        return None

    def _moved(self) -> dict[int, int]:
        """Give, by its address, each pointer to something in the file itself, as linked."""
        size, symbol = self.one(_RELASZ), 32 if self._wide else 8
        if not size or size > _LARGEST_TABLE:
            return {}
        layout = struct.Struct(self._elf.order + ("QQq" if self._wide else "IIi"))
        records = self._window.at(self._offset(self.one(_RELA)), size - size % layout.size)
        return {
            address: addend
            for address, info, addend in layout.iter_unpack(records)
            if not info >> symbol
        }

    def _count(self) -> int:
        """Count the symbols; only the hash tables tell."""
        if self.one(_GNU_HASH):
            return self._count_by_gnu_hash(self.one(_GNU_HASH))
        if self.one(_HASH):
            wide = self._elf.machine == _EM_S390 and self._wide
            return self._numbers("QQ" if wide else "II", self.one(_HASH))[1]
        return 0

    def _count_by_gnu_hash(self, table: int) -> int:
        buckets, first, words, _ = self._numbers("IIII", table)
        starts = table + 16 + words * (8 if self._wide else 4)
        if max(buckets, words) > _MOST_SYMBOLS:
            raise self._window.broken("its hash table is too large")
        last = max(self._numbers(f"{buckets}I", starts), default=0)
        if last < first:
            return first
        chain = starts + 4 * buckets
        while last < _MOST_SYMBOLS:
            (value,) = self._numbers("I", chain + 4 * (last - first))
            last += 1
            if value & 1:
                return last
        raise self._window.broken("its hash table has no end")

    def _numbers(self, layout: str, address: int) -> tuple[int, ...]:
        return self._window.numbers(self._elf.order + layout, self._offset(address))

    def _offset(self, address: int) -> int:
        for load in self._elf.loads:
            if load.vaddr <= address < load.vaddr + load.filesz:
                return load.offset + address - load.vaddr
        raise self._window.broken("an address in it is outside of what is loaded")

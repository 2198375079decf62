r"""Facts of an ELF shared object: what it is linked with, which versions of it, which symbols.

The dynamic section has its own reader; the tags that are read here::

    7 RELA   8 RELASZ   0x6ffffffb FLAGS_1   0x6ffffffe VERNEED   0x6fffffff VERNEEDNUM

    verneed    u16 version, u16 count, u32 file, u32 aux, u32 next, the last two from its start
    vernaux    u32 hash, u16 flags (2: weak), u16 index, u32 name, u32 next
    rela       word address, word info (symbol above its low half or byte), word addend

Sources: System V gABI chapter 5; LSB 5, "Symbol Versioning"; glibc's ``elf.h``.
"""

from __future__ import annotations

import re
import struct
from functools import partial
from typing import BinaryIO

from sealift.errors import FormatError
from sealift.formats import messages
from sealift.formats.addon_registration import LARGEST_DATA, registered_version
from sealift.formats.elf.dynamic_section import DynamicSection, read_dynamic_section
from sealift.formats.elf.headers import (
    ET_EXEC,
    OSABI_FREEBSD,
    PF_W,
    PT_NOTE,
    Elf,
    interpreter,
    read_elf,
)
from sealift.formats.shared_object_facts import SharedObject, Symbols, Version

_RELA, _RELASZ, _FLAGS_1 = 7, 8, 0x6FFFFFFB
_VERNEED, _VERNEEDNUM = 0x6FFFFFFE, 0x6FFFFFFF
_PIE = 0x08000000
_WEAK = 2
_MOST_VERSIONS = 1 << 16
_LARGEST_TABLE = 64 << 20
_VERSION = re.compile(r"(GLIBC|GLIBCXX|GCC)_(\d+(?:\.\d+)*)\Z")
# Not a number, but it exists since that version of glibc; programs that were linked with
# `-z pack-relative-relocs` need it.
_RELATIVE_RELOCATIONS = "GLIBC_ABI_DT_RELR"
_SINCE_RELATIVE_RELOCATIONS = (2, 36)
_LIBGCC = "libgcc_s.so"  # on arm64 it has names of version GLIBC_2.0 itself, on musl too
_ANDROID_NOTE = b"Android\0"


def read_elf_object(file: BinaryIO, name: str, *, symbols: bool) -> SharedObject:
    """Return the facts; without ``symbols`` those about Node are left out, and nothing is scanned.

    Raises:
        FormatError: ``shared-object-broken``.
    """
    elf = read_elf(file, partial(messages.SHARED_OBJECT_BROKEN.error, name=name))
    loader = interpreter(elf)
    dynamic = read_dynamic_section(elf) or DynamicSection(elf, ())
    versions = _versions(dynamic)
    needed = tuple(dict.fromkeys(dynamic.needed))
    found = _symbols(dynamic) if symbols else Symbols()
    system = _system(elf)
    return SharedObject(
        container="elf",
        system=system,
        machines=frozenset([elf.machine_name or f"machine {elf.machine:#x}"]),
        is_program=bool(loader) or elf.type == ET_EXEC or bool(dynamic.value(_FLAGS_1) & _PIE),
        libc=_libc((loader.rpartition("/")[2], *needed), versions) if system == "linux" else "",
        glibc=versions.get("GLIBC", ()),
        glibcxx=versions.get("GLIBCXX", ()),
        gcc=versions.get("GCC", ()),
        needed=needed,
        search_paths=tuple(filter(None, dynamic.search_path.split(":"))),
        name=dynamic.name,
        node_api=found.node_api,
        node_cpp=found.node_cpp,
        module_version=found.module_version,
    )


def _libc(names: tuple[str, ...], versions: dict[str, Version]) -> str:
    for name in names:
        # Linkers such as Zig's ask for musl by its own name, `libc.so`.
        if name == "libc.so" or name.startswith(("libc.musl-", "ld-musl-")):
            return "musl"
    if versions.get("GLIBC") or any(
        name.startswith(("libc.so.", "ld-linux", "ld64.so.")) for name in names
    ):
        return "glibc"
    return ""


def _system(elf: Elf) -> str:
    if elf.header[7] == OSABI_FREEBSD:
        return "freebsd"
    for segment in elf.segments:
        if segment.type == PT_NOTE and segment.filesz >= 12 + len(_ANDROID_NOTE):
            head = elf.reader.read(segment.offset, 12 + len(_ANDROID_NOTE))
            if head.endswith(_ANDROID_NOTE):
                return "android"
    return "linux"


def _versions(dynamic: DynamicSection) -> dict[str, Version]:
    """Return the highest version of each kind without which the file does not load."""
    elf = dynamic.elf
    found: dict[str, Version] = {}
    entry, left = dynamic.value(_VERNEED), _MOST_VERSIONS
    for _ in range(min(dynamic.value(_VERNEEDNUM), _MOST_VERSIONS) if entry else 0):
        _, count, file, aux, following = elf.numbers("HHIII", entry)
        own = dynamic.text(file).startswith(_LIBGCC)
        item = entry + aux
        left -= count
        if left < 0:
            raise elf.reader.broken("it needs too many versions")
        for _ in range(count):
            _, flags, _, name, after = elf.numbers("IHHII", item)
            text = dynamic.text(name)
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


def _symbols(dynamic: DynamicSection) -> Symbols:
    """Look at every name that the file imports or exports."""
    found = Symbols()
    for symbol in dynamic.symbols():
        if symbol.is_defined:
            found.exported(symbol.name)
        else:
            found.imported(symbol.name)
    if found.registers_itself:
        found.module_version = _registered(dynamic)
    return found


def _registered(dynamic: DynamicSection) -> int | None:
    """Return the version in the record that it registers itself with; it is in writable memory."""
    elf = dynamic.elf
    word, big_endian = elf.bits // 8, elf.order == ">"
    pointers = _relocated_pointers(dynamic)
    for load in elf.loads:
        if not load.flags & PF_W or load.filesz > LARGEST_DATA:
            continue
        skipped = -load.vaddr % word
        data = elf.reader.read(load.offset + skipped, max(load.filesz - skipped, 0))
        start = load.vaddr + skipped

        def text_at(position: int, start: int = start, data: bytes = data) -> bytes:
            raw = data[position : position + word]
            stored = int.from_bytes(raw, "big" if big_endian else "little")
            try:
                return elf.reader.text(elf.file_offset(pointers.get(start + position, stored)))
            except FormatError:
                return b""

        found = registered_version(data, word, text_at, big_endian=big_endian)
        if found is not None:
            return found
    return None


def _relocated_pointers(dynamic: DynamicSection) -> dict[int, int]:
    """Return, by its address, each pointer to something in the file itself, as linked."""
    elf = dynamic.elf
    wide = elf.bits == 64
    size, symbol = dynamic.value(_RELASZ), 32 if wide else 8
    if not size or size > _LARGEST_TABLE:
        return {}
    layout = struct.Struct(elf.order + ("QQq" if wide else "IIi"))
    records = elf.memory(dynamic.value(_RELA), size - size % layout.size)
    return {
        address: addend
        for address, info, addend in layout.iter_unpack(records)
        if not info >> symbol
    }

"""Facts of a Mach-O library, bundle or program, universal ones included.

Headers and load commands have their own reader. Read here (``mach-o/loader.h``, ``nlist.h``,
``fat.h``)::

    universal    big-endian u32 0xcafebabe, u32 count; for each machine u32 cputype, u32 subtype,
                 u32 offset, u32 size, u32 align (0xcafebabf: u64 offset, u64 size, and a u32 more)
    command      u32 cmd, u32 cmdsize, content:
      LC_LOAD_DYLIB and its variants, LC_ID_DYLIB (its own name), LC_RPATH (a path):
                            u32 at 8 is where the name begins
      LC_SYMTAB             u32 symbols, u32 count, u32 names, u32 size of the names
      LC_BUILD_VERSION      u32 platform (1 macOS, 2 iOS), u32 minimum version
      LC_VERSION_MIN_MACOSX u32 minimum version
      LC_DYLD_CHAINED_FIXUPS  pointers are stored chained: the lowest 36 bits are the target
    version      u16 major in the high half, u8 minor, u8 patch
    symbol       u32 name, u8 type, u8 section, u16 description, word value; type: bit 0 external,
                 bits 1-3 zero: imported, bits 5-7: for debuggers. Names begin with "_".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import partial, reduce
from typing import BinaryIO

from sealift.errors import FormatError
from sealift.formats import messages
from sealift.formats.addon_registration import LARGEST_DATA, registered_version
from sealift.formats.bounded_reader import BoundedReader
from sealift.formats.macho import headers
from sealift.formats.macho.headers import Command, MachHeaders, read_headers
from sealift.formats.native_magic import MACHO_UNIVERSAL
from sealift.formats.shared_object_facts import SharedObject, Symbols, Version, readable
from sealift.record import replace

_NEEDED = (
    *(headers.LC_LOAD_DYLIB, headers.LC_LOAD_WEAK_DYLIB, headers.LC_REEXPORT_DYLIB),
    *(headers.LC_LAZY_LOAD_DYLIB, headers.LC_LOAD_UPWARD_DYLIB),
)
_TARGET = (1 << 36) - 1
_PLATFORMS = {1: "macos", 6: "macos"}  # 6: Catalyst
_MOST_MACHINES = 16  # a Java class begins with the same bytes, and a larger number
_LARGEST_TABLE = 64 << 20


def read_macho_object(file: BinaryIO, name: str) -> SharedObject:
    """Return the facts; those of a universal file are of all its architectures together.

    Raises:
        FormatError: ``shared-object-broken``.
    """
    reader = BoundedReader(file, partial(messages.SHARED_OBJECT_BROKEN.error, name=name))
    return reduce(_joined, map(_read, _architectures(reader)))


def _architectures(reader: BoundedReader) -> Iterator[BoundedReader]:
    """Yield a reader of each program or library in a file, which may be universal."""
    magic = reader.read(0, 4)
    if magic not in MACHO_UNIVERSAL:
        yield reader
        return
    (count,) = reader.numbers(">I", 4)
    if not 0 < count <= _MOST_MACHINES:
        raise reader.broken("it is not a universal file")
    layout = ">IIQQII" if magic == MACHO_UNIVERSAL[1] else ">IIIII"
    for index in range(count):
        _, _, start, size, *_ = reader.numbers(layout, 8 + index * struct.calcsize(layout))
        yield reader.part(start, size)


def _joined(one: SharedObject, other: SharedObject) -> SharedObject:
    return replace(
        one,
        machines=one.machines | other.machines,
        needed=tuple(dict.fromkeys(one.needed + other.needed)),
        search_paths=tuple(dict.fromkeys(one.search_paths + other.search_paths)),
        node_api=one.node_api or other.node_api,
        node_cpp=one.node_cpp or other.node_cpp,
        module_version=one.module_version or other.module_version,
        minimum_macos=min(one.minimum_macos, other.minimum_macos),
    )


def _read(reader: BoundedReader) -> SharedObject:
    head = read_headers(reader)
    needed: list[str] = []
    paths: list[str] = []
    own_name, system = "", "macos"
    minimum: Version = ()
    symbols = Symbols()
    for command in head.commands:
        data = command.data
        if command.kind in _NEEDED:
            needed.append(_text(reader, command))
        elif command.kind == headers.LC_RPATH:
            paths.append(_text(reader, command))
        elif command.kind == headers.LC_ID_DYLIB:
            own_name = _text(reader, command)
        elif command.kind == headers.LC_BUILD_VERSION and len(data) >= 16:
            platform, packed = struct.unpack_from("<II", data, 8)
            system, minimum = _PLATFORMS.get(platform, "ios"), _version(packed)
        elif command.kind == headers.LC_VERSION_MIN_MACOSX and len(data) >= 12:
            minimum = _version(struct.unpack_from("<I", data, 8)[0])
        elif command.kind == headers.LC_SYMTAB and len(data) >= 24:
            _read_symbols(symbols, head, data)
    if symbols.registers_itself:
        symbols.module_version = _registered(head)
    return SharedObject(
        container="macho",
        system=system,
        machines=frozenset([headers.MACHINES.get(head.cpu, f"machine {head.cpu:#x}")]),
        is_program=head.file_type == headers.FILE_TYPE_EXECUTE,
        needed=tuple(needed),
        search_paths=tuple(paths),
        name=own_name,
        node_api=symbols.node_api,
        node_cpp=symbols.node_cpp,
        module_version=symbols.module_version,
        minimum_macos=minimum,
    )


def _registered(head: MachHeaders) -> int | None:
    """Return the version in the record that it registers itself with."""
    word = head.bits // 8
    chained = any(one.kind == headers.LC_DYLD_CHAINED_FIXUPS for one in head.commands)
    base = min((segment.vm_address for segment in head.segments), default=0)

    def text(address: int) -> bytes:
        for segment in head.segments:
            if segment.vm_address <= address < segment.vm_address + segment.file_size:
                try:
                    return head.reader.text(segment.file_offset + address - segment.vm_address)
                except FormatError:
                    return b""
        return b""

    for segment in head.segments:
        if not segment.name.startswith("__DATA") or segment.file_size > LARGEST_DATA:
            continue
        data = head.reader.read(segment.file_offset, segment.file_size)

        def text_at(position: int, data: bytes = data) -> bytes:
            stored = int.from_bytes(data[position : position + word], "little")
            # A chained pointer is an address, or counts from where the file begins in memory.
            target = stored & _TARGET if chained else stored
            return text(target) or text(base + target)

        found = registered_version(data, word, text_at)
        if found is not None:
            return found
    return None


def _text(reader: BoundedReader, command: Command) -> str:
    if len(command.data) < 12:
        raise reader.broken("a load command is cut off")
    (start,) = struct.unpack_from("<I", command.data, 8)
    return readable(command.data[start:].split(b"\0", 1)[0])


def _version(packed: int) -> Version:
    return packed >> 16, packed >> 8 & 0xFF


def _read_symbols(symbols: Symbols, head: MachHeaders, command: bytes) -> None:
    offset, count, names_at, names_size = struct.unpack_from("<4I", command, 8)
    layout = struct.Struct("<IBBHQ" if head.bits == 64 else "<IBBHI")
    if max(count * layout.size, names_size) > _LARGEST_TABLE:
        raise head.reader.broken("its symbol table is too large")
    names = head.reader.read(names_at, names_size)
    table = head.reader.read(offset, count * layout.size)
    for name_at, kind, _, _, _ in layout.iter_unpack(table):
        if not kind & 1 or kind & 0xE0:
            continue
        name = names[name_at : names.find(b"\0", name_at)].removeprefix(b"_")
        if kind & 0x0E:
            symbols.exported(name)
        else:
            symbols.imported(name)

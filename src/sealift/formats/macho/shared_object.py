"""Facts of a Mach-O library, bundle or program, universal ones included.

Layout (``mach-o/loader.h``, ``nlist.h``, ``fat.h``)::

    universal    big-endian u32 0xcafebabe, u32 count; for each machine u32 cputype, u32 subtype,
                 u32 offset, u32 size, u32 align (0xcafebabf: u64 offset, u64 size, and a u32 more)
    header       u32 magic 0xfeedfacf (64 bit) or 0xfeedface, u32 cputype, u32 subtype,
                 u32 filetype (2 program, 6 library, 8 bundle), u32 ncmds, u32 sizeofcmds, ...
    command      u32 cmd, u32 cmdsize, content:
      0x0c, 0x0d, 0x80000018, 0x8000001f, 0x20, 0x80000023: a library it needs (0x0d: its own
                 name); u32 at 8 is where the name begins
      0x8000001c RPATH      the same, a path
      0x02 SYMTAB           u32 symbols, u32 count, u32 names, u32 size of the names
      0x32 BUILD_VERSION    u32 platform (1 macOS, 2 iOS), u32 minimum version
      0x24 VERSION_MIN      u32 minimum version
      0x19, 0x01 SEGMENT    char[16] name at 8, words at 24: address, size in memory, offset, size
      0x80000034            pointers are stored chained: the lowest 36 bits (64 bit) are the target
    version      u16 major in the high half, u8 minor, u8 patch
    symbol       u32 name, u8 type, u8 section, u16 description, word value; type: bit 0 external,
                 bits 1-3 zero: imported, bits 5-7: for debuggers. Names begin with "_".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, NamedTuple

from sealift.errors import FormatError
from sealift.formats.addon_registration import LARGEST_DATA, registered_version
from sealift.formats.shared_object_facts import SharedObject, Symbols, Version, Window, readable

UNIVERSAL = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
THIN = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")

_MACHINES = {0x01000007: "x64", 0x0100000C: "arm64", 7: "x86", 12: "armv7"}
_PROGRAM = 2
_NEEDED = (0x0C, 0x80000018, 0x8000001F, 0x20, 0x80000023)
_OWN_NAME, _RPATH, _SYMTAB, _BUILD_VERSION, _VERSION_MIN = 0x0D, 0x8000001C, 2, 0x32, 0x24
_SEGMENTS, _CHAINED = (0x19, 0x01), 0x80000034
_TARGET = (1 << 36) - 1
_PLATFORMS = {1: "macos", 6: "macos"}  # 6: Catalyst
_MOST_MACHINES = 16  # a Java class begins with the same bytes, and a larger number
_LARGEST_COMMANDS = 1 << 20
_LARGEST_TABLE = 64 << 20


def read_macho_object(file: BinaryIO, name: str) -> SharedObject:
    """Read the facts; of a universal file, of all its machines together.

    Raises:
        FormatError: ``shared-object-broken``.
    """
    window = Window(file, name)
    magic = window.at(0, 4)
    if magic in THIN:
        return _read(window)
    (count,) = window.numbers(">I", 4)
    if not 0 < count <= _MOST_MACHINES:
        raise window.broken("it is no universal file")
    wide = magic == UNIVERSAL[1]
    layout = ">IIQQII" if wide else ">IIIII"
    step = struct.calcsize(layout)
    all_of_them = None
    for at in range(8, 8 + count * step, step):
        _, _, start, size = window.numbers(layout, at)[:4]
        one = _read(Window(file, name, start, size))
        all_of_them = _joined(all_of_them, one) if all_of_them else one
    assert all_of_them is not None
    return all_of_them


class _Segment(NamedTuple):
    name: bytes
    address: int
    memory: int
    offset: int
    size: int


def _registered(
    window: Window, segments: list[_Segment], word: int, *, chained: bool
) -> int | None:
    """Find what it registers itself with."""
    base = min((segment.address for segment in segments), default=0)

    def text(address: int) -> bytes:
        for segment in segments:
            if segment.address <= address < segment.address + segment.size:
                try:
                    return window.text(segment.offset + address - segment.address)
                except FormatError:
                    return b""
        return b""

    for segment in segments:
        if not segment.name.startswith(b"__DATA") or segment.size > LARGEST_DATA:
            continue
        data = window.at(segment.offset, segment.size)

        def text_at(position: int, data: bytes = data) -> bytes:
            stored = int.from_bytes(data[position : position + word], "little")
            # A chain counts from the beginning of the file in memory, or has the address.
            target = stored & _TARGET if chained else stored
            return text(target) or text(base + target)

        found = registered_version(data, word, text_at)
        if found is not None:
            return found
    return None


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


def _read(window: Window) -> SharedObject:
    magic = window.at(0, 4)
    if magic not in THIN:
        raise window.broken("it is no Mach-O file")
    wide = magic == THIN[0]
    machine, _, kind, count, size = window.numbers("<5I", 4)
    if size > _LARGEST_COMMANDS:
        raise window.broken("its load commands are too large")
    needed: list[str] = []
    paths: list[str] = []
    own_name, system = "", "macos"
    minimum: Version = ()
    symbols = Symbols()
    segments: list[_Segment] = []
    chained = False
    for command, content in _commands(window, 32 if wide else 28, count, size):
        if command in _NEEDED:
            needed.append(_text(window, content))
        elif command == _RPATH:
            paths.append(_text(window, content))
        elif command == _OWN_NAME:
            own_name = _text(window, content)
        elif command == _BUILD_VERSION and len(content) >= 16:
            platform, packed = struct.unpack_from("<II", content, 8)
            system, minimum = _PLATFORMS.get(platform, "ios"), _version(packed)
        elif command == _VERSION_MIN and len(content) >= 12:
            minimum = _version(struct.unpack_from("<I", content, 8)[0])
        elif command in _SEGMENTS and len(content) >= 56:
            name = content[8:24].rstrip(b"\0")
            segments.append(
                _Segment(name, *struct.unpack_from("<4Q" if wide else "<4I", content, 24))
            )
        elif command == _CHAINED:
            chained = True
        elif command == _SYMTAB and len(content) >= 24:
            _look(symbols, window, struct.unpack_from("<4I", content, 8), wide=wide)
    if symbols.registers_itself:
        symbols.module_version = _registered(window, segments, 8 if wide else 4, chained=chained)
    return SharedObject(
        container="macho",
        system=system,
        machines=frozenset([_MACHINES.get(machine, f"machine {machine:#x}")]),
        is_program=kind == _PROGRAM,
        needed=tuple(needed),
        search_paths=tuple(paths),
        name=own_name,
        node_api=symbols.node_api,
        node_cpp=symbols.node_cpp,
        module_version=symbols.module_version,
        minimum_macos=minimum,
    )


def _commands(window: Window, start: int, count: int, size: int) -> Iterator[tuple[int, bytes]]:
    data = window.at(start, size)
    at = 0
    for _ in range(count):
        if at + 8 > size:
            raise window.broken("its load commands are cut off")
        command, length = struct.unpack_from("<II", data, at)
        if length < 8 or at + length > size:
            raise window.broken("a load command has an impossible length")
        yield command, data[at : at + length]
        at += length


def _text(window: Window, content: bytes) -> str:
    if len(content) < 12:
        raise window.broken("a load command is cut off")
    return readable(content[struct.unpack_from("<I", content, 8)[0] :].split(b"\0", 1)[0])


def _version(packed: int) -> Version:
    return packed >> 16, packed >> 8 & 0xFF


def _look(
    symbols: Symbols, window: Window, table: tuple[int, int, int, int], *, wide: bool
) -> None:
    offset, count, names_at, names_size = table
    layout = struct.Struct("<IBBHQ" if wide else "<IBBHI")
    if max(count * layout.size, names_size) > _LARGEST_TABLE:
        raise window.broken("its symbol table is too large")
    names = window.at(names_at, names_size)
    for name_at, kind, _, _, _ in layout.iter_unpack(window.at(offset, count * layout.size)):
        if not kind & 1 or kind & 0xE0:
            continue
        name = names[name_at : names.find(b"\0", name_at)].removeprefix(b"_")
        if kind & 0x0E:
            symbols.exported(name)
        else:
            symbols.imported(name)

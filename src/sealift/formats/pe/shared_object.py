r"""Facts of a Windows DLL or program.

Layout (Microsoft's "PE Format"), integers little-endian::

    0 "MZ"   60 u32 offset of "PE\0\0", after which: u16 machine, u16 number of sections,
             u16 size of the optional header at 20, u16 characteristics at 22 (0x2000: DLL)
    optional header at 24: u16 magic (0x10b: 32 bit, directories at 96; 0x20b: 64 bit, at 112),
             u32 image base at 28 or u64 at 24; directories of u32 RVA, u32 size: 0 exports,
             1 imports, 13 delayed imports
    sections after it, 40 bytes: u32 virtual size at 8, RVA, size in the file, offset in the file
    exports  u32 RVA of the DLL's name at 12, u32 number of names at 24, u32 RVA of the names at 32:
             u32 RVAs of texts
    imports  20 bytes a DLL, up to one of zeros: u32 RVA of names, two u32, u32 RVA of the DLL's
             name, u32 RVA of addresses
    delayed  32 bytes a DLL: u32 attributes (1: RVAs), u32 RVA of its name, two u32, u32 RVA of
             names
    names    words: RVA of u16 hint and a text; with the highest bit set a number instead
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import BinaryIO

from sealift.errors import FormatError
from sealift.formats.addon_registration import LARGEST_DATA, registered_version
from sealift.formats.shared_object_facts import SharedObject, Symbols, Window, readable

_MACHINES = {0x14C: "x86", 0x8664: "x64", 0xAA64: "arm64", 0x1C4: "armv7"}
_SIGNATURE = int.from_bytes(b"PE\0\0", "little")
_DLL = 0x2000
_EXPORTS, _IMPORTS, _DELAYED = 0, 1, 13
_MOST_SECTIONS = 96
_MOST_NAMES = 1 << 20
_NODE = ("node.exe", "node.dll", "libnode.dll")


def read_pe_object(file: BinaryIO, name: str) -> SharedObject:
    """Read the facts.

    Raises:
        FormatError: ``shared-object-broken``.
    """
    image = _Image(Window(file, name))
    symbols = Symbols()
    own_name = ""
    for exported in image.exports():
        symbols.exported(exported)
    if image.directory(_EXPORTS):
        own_name = readable(image.text(image.numbers("I", image.directory(_EXPORTS) + 12)[0]))
    needed = []
    for dll, names in itertools.chain(image.imports(), image.delayed_imports()):
        needed.append(dll)
        if dll.lower() in _NODE:
            for imported in image.names(names):
                symbols.imported(imported)
    if symbols.registers_itself:
        symbols.module_version = image.registered()
    return SharedObject(
        container="pe",
        system="win",
        machines=frozenset([_MACHINES.get(image.machine, f"machine {image.machine:#x}")]),
        is_program=not image.characteristics & _DLL,
        needed=tuple(dict.fromkeys(needed)),
        name=own_name,
        node_api=symbols.node_api,
        node_cpp=symbols.node_cpp,
        module_version=symbols.module_version,
    )


class _Image:
    """A PE file, read by RVA."""

    def __init__(self, window: Window) -> None:
        self._window = window
        (start,) = window.numbers("<I", 60)
        signature, self.machine, count = window.numbers("<IHH", start)
        if signature != _SIGNATURE or count > _MOST_SECTIONS:
            raise window.broken("it is no program or library for Windows")
        optional_size, self.characteristics = window.numbers("<HH", start + 20)
        (magic,) = window.numbers("<H", start + 24) if optional_size >= 2 else (0,)
        self._wide = magic == 0x20B
        directories = {0x10B: 96, 0x20B: 112}.get(magic)
        if directories is None or optional_size < directories:
            raise window.broken("its optional header has an unknown form")
        (self._base,) = window.numbers(*(("<Q", start + 48) if self._wide else ("<I", start + 52)))
        number = (optional_size - directories) // 8
        numbers = window.numbers(f"<{2 * number}I", start + 24 + directories)
        self._directories = numbers[::2]
        at = start + 24 + optional_size
        self._sections = [window.numbers("<4I", at + 40 * i + 8) for i in range(count)]

    def directory(self, index: int) -> int:
        """Give a directory's RVA, or 0."""
        return self._directories[index] if index < len(self._directories) else 0

    def exports(self) -> Iterator[bytes]:
        table = self.directory(_EXPORTS)
        if not table:
            return
        (count,) = self.numbers("I", table + 24)
        (names,) = self.numbers("I", table + 32)
        if count > _MOST_NAMES:
            raise self._window.broken("it exports too many names")
        for rva in self.numbers(f"{count}I", names) if count else ():
            yield self.text(rva)

    def imports(self) -> Iterator[tuple[str, int]]:
        """Yield each DLL and the RVA of the names that are wanted from it."""
        at = self.directory(_IMPORTS)
        while at:
            lookup, _, _, name, addresses = self.numbers("5I", at)
            if not name:
                return
            yield readable(self.text(name)), lookup or addresses
            at += 20

    def delayed_imports(self) -> Iterator[tuple[str, int]]:
        """Yield what is loaded when it is first called, as `imports` does."""
        at = self.directory(_DELAYED)
        while at:
            attributes, name, _, _, lookup = self.numbers("5I", at)
            if not name or not attributes & 1:
                return
            yield readable(self.text(name)), lookup
            at += 32

    def names(self, at: int) -> Iterator[bytes]:
        size, by_number = (8, 1 << 63) if self._wide else (4, 1 << 31)
        for _ in range(_MOST_NAMES if at else 0):
            (entry,) = self.numbers("Q" if self._wide else "I", at)
            if not entry:
                return
            if not entry & by_number:
                yield self.text(entry + 2)
            at += size

    def registered(self) -> int | None:
        """Find what it registers itself with."""
        word = 8 if self._wide else 4
        for virtual_size, _, raw_size, raw_offset in self._sections:
            size = min(virtual_size, raw_size)
            data = self._window.at(raw_offset, size) if size <= LARGEST_DATA else b""

            def text_at(position: int, data: bytes = data) -> bytes:
                address = int.from_bytes(data[position : position + word], "little")
                try:
                    return self.text(address - self._base)
                except FormatError:
                    return b""

            found = registered_version(data, word, text_at)
            if found is not None:
                return found
        return None

    def numbers(self, layout: str, rva: int) -> tuple[int, ...]:
        return self._window.numbers("<" + layout, self._offset(rva))

    def text(self, rva: int) -> bytes:
        return self._window.text(self._offset(rva))

    def _offset(self, rva: int) -> int:
        for virtual_size, start, raw_size, raw_offset in self._sections:
            if start <= rva < start + (min(virtual_size, raw_size) or raw_size):
                return raw_offset + rva - start
        raise self._window.broken("an address in it is outside of its sections")

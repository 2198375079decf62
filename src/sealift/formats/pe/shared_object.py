r"""Facts of a Windows DLL or program: what it imports and exports.

The headers have their own reader. Layout of the tables (Microsoft's "PE Format"), integers
little-endian::

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
from functools import partial
from typing import BinaryIO

from sealift.errors import FormatError
from sealift.formats import messages
from sealift.formats.addon_registration import LARGEST_DATA, registered_version
from sealift.formats.bounded_reader import BoundedReader
from sealift.formats.pe import headers
from sealift.formats.pe.headers import PeHeaders, read_pe
from sealift.formats.shared_object_facts import SharedObject, Symbols, readable

_MOST_NAMES = 1 << 20
_NODE = ("node.exe", "node.dll", "libnode.dll")


def read_pe_object(file: BinaryIO, name: str) -> SharedObject:
    """Return the facts.

    Raises:
        FormatError: ``shared-object-broken``.
    """
    reader = BoundedReader(file, partial(messages.SHARED_OBJECT_BROKEN.error, name=name))
    pe = read_pe(reader)
    image = _Image(pe)
    symbols = Symbols()
    for exported in image.exports():
        symbols.exported(exported)
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
        machines=frozenset([headers.MACHINES.get(pe.machine, f"machine {pe.machine:#x}")]),
        is_program=not pe.is_dll,
        needed=tuple(dict.fromkeys(needed)),
        name=image.own_name(),
        node_api=symbols.node_api,
        node_cpp=symbols.node_cpp,
        module_version=symbols.module_version,
    )


class _Image:
    """A PE file, read by RVA."""

    def __init__(self, pe: PeHeaders) -> None:
        self._pe = pe

    def own_name(self) -> str:
        table, _ = self._pe.directory(headers.EXPORTS)
        return readable(self._text(self._numbers("I", table + 12)[0])) if table else ""

    def exports(self) -> Iterator[bytes]:
        table, _ = self._pe.directory(headers.EXPORTS)
        if not table:
            return
        (count,) = self._numbers("I", table + 24)
        (names,) = self._numbers("I", table + 32)
        if count > _MOST_NAMES:
            raise self._pe.reader.broken("it exports too many names")
        for rva in self._numbers(f"{count}I", names) if count else ():
            yield self._text(rva)

    def imports(self) -> Iterator[tuple[str, int]]:
        """Yield each DLL and the RVA of the names that are imported from it."""
        at, _ = self._pe.directory(headers.IMPORTS)
        while at:
            lookup, _, _, name, addresses = self._numbers("5I", at)
            if not name:
                return
            yield readable(self._text(name)), lookup or addresses
            at += 20

    def delayed_imports(self) -> Iterator[tuple[str, int]]:
        """Yield each DLL that is loaded on its first call, as `imports` does."""
        at, _ = self._pe.directory(headers.DELAYED_IMPORTS)
        while at:
            attributes, name, _, _, lookup = self._numbers("5I", at)
            if not name or not attributes & 1:
                return
            yield readable(self._text(name)), lookup
            at += 32

    def names(self, at: int) -> Iterator[bytes]:
        bits = self._pe.bits
        for _ in range(_MOST_NAMES if at else 0):
            (entry,) = self._numbers("Q" if bits == 64 else "I", at)
            if not entry:
                return
            if not entry >> bits - 1:  # else it is imported by number
                yield self._text(entry + 2)
            at += bits // 8

    def registered(self) -> int | None:
        """Return the version in the record that it registers itself with."""
        word = self._pe.bits // 8
        for section in self._pe.sections:
            size = min(section.virtual_size, section.raw_size)
            if size > LARGEST_DATA:
                continue
            data = self._pe.reader.read(section.raw_offset, size)

            def text_at(position: int, data: bytes = data) -> bytes:
                address = int.from_bytes(data[position : position + word], "little")
                try:
                    return self._text(address - self._pe.image_base)
                except FormatError:
                    return b""

            found = registered_version(data, word, text_at)
            if found is not None:
                return found
        return None

    def _numbers(self, layout: str, rva: int) -> tuple[int, ...]:
        return self._pe.reader.numbers("<" + layout, self._pe.file_offset(rva))

    def _text(self, rva: int) -> bytes:
        return self._pe.reader.text(self._pe.file_offset(rva))

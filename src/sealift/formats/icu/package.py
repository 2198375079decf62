r"""The package of ICU data in a Node binary.

It lies in the read-only data, in the same form in ELF, Mach-O and PE::

    u16 header size, DA 27, u16 20, u16 0, big-endian, charset family, 2, 0, "CmnD", 1 0 0 0, ...
    table of contents       u32 number of items, then u32 name, u32 start of each item
    names                   "icudt78l/curr/de.res\0", in the order of the items
    items                   each from its start to the start of the next one

Names are sorted as bytes; offsets count from the table of contents. ICU finds an item by a binary
search, and treats a length as an upper limit.

Source: ``ucmndata.cpp`` and ``ucmndata.h`` of ICU 77 and 78.
"""

from __future__ import annotations

import struct
from functools import partial
from itertools import pairwise
from typing import BinaryIO

from msgspec import Struct

from sealift.formats import messages
from sealift.formats.bounded_reader import BoundedReader
from sealift.formats.node_facts import scan

MAGIC = b"\xda\x27\x14\0\0\0\0\0\2\0CmnD\1"
"""Of little-endian packages, after the size of the header."""
LIST = "res_index.res"
"""The list of locales of a directory."""
TABLE_ENTRY = struct.Struct("<II")
_LARGEST_NUMBER = 20_000
_LARGEST_PACKAGE = 128 << 20
_LARGEST_BUNDLE = 4 << 20


class Item(Struct, frozen=True):
    """One item of a package.

    Attributes:
        name: without that of the package, such as ``curr/de.res``.
        name_offset: of the full name.
        start, end: of its bytes; padding belongs to it.
    """

    name: str
    name_offset: int
    start: int
    end: int


class Package(Struct, frozen=True):
    """A package of ICU data. Offsets of items count from its table of contents.

    Attributes:
        offset: file offset of the table of contents.
        table_size: size that the table of contents had when the package was made, in bytes.
        items: in the order of their names.
        data: everything from the table of contents on, some 33 MB.
    """

    offset: int
    table_size: int
    items: tuple[Item, ...]
    data: bytes

    def content(self, item: Item) -> bytes:
        """Return the bytes of an item."""
        return self.data[item.start : item.end]


def read_package(file: BinaryIO, name: str) -> Package:
    """Return the package of ICU data in a Node binary; ``name`` is that of the file.

    Raises:
        FormatError: ``icu-absent``, or ``icu-layout``: it is not laid out as ICU's tools do.
    """
    found = [offset for _, offset, _, _ in scan(file, (MAGIC,))]
    if not found:
        raise messages.ICU_ABSENT.error(name=name)
    if len(found) > 1:
        raise messages.ICU_LAYOUT.error(name=name, why=f"there are {len(found)} packages")
    whole = BoundedReader(file, partial(messages.ICU_LAYOUT.error, name=name))
    offset, entries = _read_table(whole, found[0])
    names, starts = zip(*entries, strict=True)
    if starts[-1] > _LARGEST_PACKAGE or any(here >= after for here, after in pairwise(starts)):
        raise whole.broken("its items are not in the order of their names")
    end = starts[-1] + _bundle_size(whole, offset + starts[-1])
    data = whole.read(offset, end)
    texts = [data[at : data.find(b"\0", at)] for at in names]
    if any(here >= after for here, after in pairwise(texts)) or not all(map(bytes.isascii, texts)):
        raise whole.broken("its names are not sorted")
    return Package(
        offset,
        names[0],
        tuple(
            Item(text.decode().partition("/")[2], at, start, after)
            for text, at, start, after in zip(texts, names, starts, (*starts[1:], end), strict=True)
        ),
        data,
    )


def read_shortened_list(file: BinaryIO, name: str) -> bytes | None:
    """Return the list of locales in a package from which items were left out.

    None if nothing was left out, or the file has no package. Later packages belong to the packaged
    files.

    Raises:
        FormatError: ``icu-layout``.
    """
    at = next((offset for _, offset, _, _ in scan(file, (MAGIC,))), None)
    if at is None:
        return None
    whole = BoundedReader(file, partial(messages.ICU_LAYOUT.error, name=name))
    offset, entries = _read_table(whole, at)
    if entries[0][0] == 4 + len(entries) * TABLE_ENTRY.size:
        return None  # the names follow the table, as in a new package
    for (at, start), (_, end) in pairwise(entries):
        if whole.text(offset + at).partition(b"/")[2] == LIST.encode():
            return whole.read(offset + start, end - start)
    return None


def _read_table(whole: BoundedReader, magic: int) -> tuple[int, list[tuple[int, int]]]:
    """Return the file offset of the table of contents, and its rows: names and starts."""
    (header_size,) = whole.numbers("<H", magic - 2)
    offset = magic - 2 + header_size
    (number,) = whole.numbers("<I", offset)
    if not 0 < number < _LARGEST_NUMBER:
        raise whole.broken(f"its table of contents has {number} items")
    return offset, list(TABLE_ENTRY.iter_unpack(whole.read(offset + 4, number * TABLE_ENTRY.size)))


def _bundle_size(whole: BoundedReader, offset: int) -> int:
    """Return the size of the last item, a resource bundle: no other item says where it ends."""
    header_size, magic = whole.numbers("<HH", offset)
    (words,) = whole.numbers("<I", offset + header_size + 16)
    size = int(header_size + 4 * words)
    if magic != 0x27DA or whole.read(offset + 12, 4) != b"ResB" or size > _LARGEST_BUNDLE:
        raise whole.broken("its last item is not a resource bundle")
    return size

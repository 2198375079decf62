"""The resource tree of a Windows executable: read it, and write it with one more resource.

Layout (Microsoft's "PE Format", "The .rsrc Section"), integers little-endian, offsets from the
tree's start::

    directory, 16 bytes: u32 characteristics, u32 time, u16 major, u16 minor,
      u16 number of named entries, u16 number of numbered entries; then the entries,
      named ones first (by UTF-16 code units), then numbered ones (ascending), for Windows'
      binary search
    entry, 8 bytes: u32 id, or offset of the name + 0x80000000;
      u32 offset of a data entry, or offset of a directory + 0x80000000
    name: u16 length in code units, UTF-16
    data entry, 16 bytes: u32 RVA of the data, u32 size, u32 code page, u32 0

The levels are type, name and language. Data entries hold addresses in the image, so a tree may
be in another section than its data.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator

from msgspec import Struct

from sealift.formats import messages
from sealift.record import replace

ICON, RCDATA, GROUP_ICON, VERSION, MANIFEST = 3, 10, 14, 16, 24
"""Types of resources."""
_BLOB_KEY = "NODE_SEA_BLOB".encode("utf-16-le")
_NEUTRAL_LANGUAGE = 0

_DIRECTORY = struct.Struct("<IIHHHH")
_ENTRY = struct.Struct("<II")
_LEAF = struct.Struct("<IIII")
_HIGH_BIT = 0x80000000
_LEVELS = 3
_MOST_ENTRIES = 1 << 14
_DATA_ALIGNMENT = 16
LARGEST_TREE = 1 << 22
"""No tree of resources, without their data, is larger than this, in bytes."""

_malformed = messages.PE_MALFORMED.error


class Leaf(Struct, frozen=True):
    """Where a resource's bytes are: an RVA and a size."""

    rva: int
    size: int
    code_page: int


class Directory(Struct, frozen=True):
    """A level of the tree. Keys are numbers, or names as UTF-16 code units."""

    entries: tuple[tuple[int | bytes, Directory | Leaf], ...] = ()
    characteristics: int = 0
    time: int = 0
    version: tuple[int, int] = (0, 0)

    def get(self, key: int | bytes) -> Directory | Leaf | None:
        """Return what is under ``key``, or None."""
        return dict(self.entries).get(key)

    def without(self, keys: Collection[int]) -> Directory:
        """Return the directory without the entries under ``keys``."""
        return replace(self, entries=tuple(item for item in self.entries if item[0] not in keys))

    def leaves(self) -> Iterator[Leaf]:
        """Yield the resources in this directory and in those below it."""
        for _, item in self.entries:
            if isinstance(item, Leaf):
                yield item
            else:
                yield from item.leaves()

    def with_entry(self, key: int | bytes, value: Directory | Leaf) -> Directory:
        """Return the directory with ``key`` added or replaced, in the order that Windows needs."""
        entries = [entry for entry in self.entries if entry[0] != key]
        return replace(self, entries=tuple(sorted([*entries, (key, value)], key=_order)))


def read_tree(data: bytes) -> Directory:
    """Return the tree whose root is at the start of ``data``.

    Raises:
        FormatError: ``pe-malformed``: it reaches out of ``data``, or contradicts itself.
    """
    budget = [_MOST_ENTRIES]
    root = _read_directory(data, 0, _LEVELS, budget)
    assert isinstance(root, Directory)
    return root


def with_resource(root: Directory, kind: int, number: int, language: int, leaf: Leaf) -> Directory:
    """Return the tree with one more resource of a type that has none in another language."""
    names = root.get(kind)
    names = names if isinstance(names, Directory) else Directory()
    return root.with_entry(kind, names.with_entry(number, Directory(((language, leaf),))))


def with_blob(root: Directory, blob: Leaf) -> Directory:
    """Return the tree with the blob's resource.

    Raises:
        FormatError: ``blob-present``: it has one already; ``pe-malformed``.
    """
    types = root.get(RCDATA)
    if types is None:
        types = Directory()
    if not isinstance(types, Directory):
        raise _malformed(why="a type of resources is not a directory")
    if has_blob(root):
        raise messages.BLOB_PRESENT.error()
    languages = Directory(((_NEUTRAL_LANGUAGE, blob),))
    return root.with_entry(RCDATA, types.with_entry(_BLOB_KEY, languages))


def has_blob(root: Directory) -> bool:
    """Return True if the tree has a single-executable blob."""
    types = root.get(RCDATA)
    return isinstance(types, Directory) and types.get(_BLOB_KEY) is not None


def tree_size(root: Directory) -> int:
    """Return the length of `encode_tree`'s result in bytes; a multiple of 16."""
    return len(encode_tree(root))


def encode_tree(root: Directory) -> bytes:
    """Return the tree's bytes: directories, then data entries, then names, as linkers do."""
    directories: list[Directory] = [root]
    for directory in directories:  # grows while it runs: breadth first
        directories += [item for _, item in directory.entries if isinstance(item, Directory)]
    leaves = [
        item for directory in directories for _, item in directory.entries if isinstance(item, Leaf)
    ]
    offset = 0
    directory_offsets = []
    for directory in directories:
        directory_offsets.append(offset)
        offset += _DIRECTORY.size + _ENTRY.size * len(directory.entries)
    leaf_offset = offset
    names_offset = leaf_offset + _LEAF.size * len(leaves)

    next_directory = iter(directory_offsets[1:])
    out = bytearray()
    names = bytearray()
    for directory in directories:
        named = sum(isinstance(key, bytes) for key, _ in directory.entries)
        out += _DIRECTORY.pack(
            directory.characteristics,
            directory.time,
            *directory.version,
            named,
            len(directory.entries) - named,
        )
        for key, item in directory.entries:
            if isinstance(key, bytes):
                identity = _HIGH_BIT | (names_offset + len(names))
                names += struct.pack("<H", len(key) // 2) + key
            else:
                identity = key
            if isinstance(item, Directory):
                out += _ENTRY.pack(identity, _HIGH_BIT | next(next_directory))
            else:
                out += _ENTRY.pack(identity, leaf_offset)
                leaf_offset += _LEAF.size
    for leaf in leaves:
        out += _LEAF.pack(leaf.rva, leaf.size, leaf.code_page, 0)
    out += names
    return bytes(out).ljust(-(-len(out) // _DATA_ALIGNMENT) * _DATA_ALIGNMENT, b"\0")


def _order(entry: tuple[int | bytes, object]) -> tuple[int, tuple[int, ...]]:
    key = entry[0]
    if isinstance(key, bytes):
        return 0, struct.unpack(f"<{len(key) // 2}H", key)
    return 1, (key,)


def _read_directory(data: bytes, offset: int, levels: int, budget: list[int]) -> Directory | Leaf:
    if levels == 0:
        raise _malformed(why="the resource tree is too deep")
    characteristics, time, major, minor, named, numbered = _unpack(_DIRECTORY, data, offset)
    count = named + numbered
    budget[0] -= count
    if budget[0] < 0:
        raise _malformed(why="there are too many resources")
    entries: list[tuple[int | bytes, Directory | Leaf]] = []
    for index in range(count):
        at = offset + _DIRECTORY.size + _ENTRY.size * index
        identity, target = _unpack(_ENTRY, data, at)
        if bool(identity & _HIGH_BIT) != (index < named):
            raise _malformed(why="the resource tree's names and numbers are mixed")
        key = _name(data, identity - _HIGH_BIT) if identity & _HIGH_BIT else identity
        if target & _HIGH_BIT:
            entries.append((key, _read_directory(data, target - _HIGH_BIT, levels - 1, budget)))
        else:
            rva, size, code_page, _ = _unpack(_LEAF, data, target)
            entries.append((key, Leaf(rva, size, code_page)))
    return Directory(tuple(sorted(entries, key=_order)), characteristics, time, (major, minor))


def _name(data: bytes, offset: int) -> bytes:
    if offset + 2 > len(data):
        raise _malformed(why="a resource's name is cut off")
    size = 2 * int.from_bytes(data[offset : offset + 2], "little")
    name = data[offset + 2 : offset + 2 + size]
    if len(name) != size:
        raise _malformed(why="a resource's name is cut off")
    return name


def _unpack(layout: struct.Struct, data: bytes, offset: int) -> tuple[int, ...]:
    if offset + layout.size > len(data):
        raise _malformed(why="the resource tree is cut off")
    return layout.unpack_from(data, offset)

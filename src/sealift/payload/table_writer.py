"""Write ``sealift/table`` and ``sealift/links``; docs/payload-format.md has the layout."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence

from msgspec import Struct

from sealift.model import ProjectFile, ProjectSymlink, Resolution
from sealift.payload.compression import StoredBytes
from sealift.payload.directory_tree import Node, Tree

MAGIC = 0x32544C53  # "SLT2"
HEADER = struct.Struct("<4I")
RECORD = struct.Struct("<I H B B I B B H Q Q Q I I I I")

KIND_DIRECTORY, KIND_FILE, KIND_SYMLINK = 0, 1, 2
FLAG_ASCII = 1
FLAG_SOURCE_LEFT_OUT = 2
FLAG_WRAPPED = 4

_MAX_NAME = 0xFFFF


class Stored(Struct, frozen=True):
    """The place of a file's contents in ``sealift/files``.

    Attributes:
        offset: of its first byte.
        size: of the file, in bytes.
        content: what is stored; None if the contents are left out.
        ascii: every byte of the file is ASCII.
        wrapped: the text of the function around a script is stored around it.
    """

    offset: int
    size: int
    content: StoredBytes | None = None
    ascii: bool = False
    wrapped: bool = False

    @property
    def flags(self) -> int:
        """The flags of its record."""
        left_out = self.content is None
        return (
            FLAG_ASCII * self.ascii | FLAG_SOURCE_LEFT_OUT * left_out | FLAG_WRAPPED * self.wrapped
        )

    @property
    def stored_size(self) -> int:
        """The number of bytes in ``sealift/files``."""
        return 0 if self.content is None else self.content.size


class _Names:
    """The names pool; equal names are stored once (``index.js`` occurs a thousand times)."""

    def __init__(self) -> None:
        self.pool = bytearray()
        self._offsets: dict[bytes, int] = {}

    def add(self, text: str) -> tuple[int, int]:
        data = text.encode()
        if len(data) > _MAX_NAME:
            raise ValueError(f"name too long: {text[:80]}...")
        offset = self._offsets.setdefault(data, len(self.pool))
        if offset == len(self.pool):
            self.pool += data
        return offset, len(data)


def encode(tree: Tree, stored: Sequence[Stored | None]) -> tuple[bytes, bytes]:
    """Return the bytes of the table and of the links.

    Args:
        tree: the records in order.
        stored: for each record, the place of its contents; None unless it is a file.
    """
    names = _Names()
    links = bytearray()
    records = bytearray()
    for node, place in zip(tree.nodes, stored, strict=True):
        name_offset, name_size = names.add(node.name)
        content = place.content if place is not None else None
        fragment = _fragment(node, tree.index)
        kind, first, second, size = _extent(node, place, names)
        records += RECORD.pack(
            name_offset,
            name_size,
            kind,
            node.item.role if isinstance(node.item, ProjectFile) else 0,
            node.mode,
            content.codec if content is not None else 0,
            place.flags if place is not None else 0,
            0,
            first,
            second,
            size,
            len(links),
            len(fragment),
            node.parent,
            content.crc32 if content is not None else 0,
        )
        links += fragment
    names_offset = HEADER.size + len(records)
    header = HEADER.pack(MAGIC, len(tree.nodes), names_offset, len(names.pool))
    return header + bytes(records) + bytes(names.pool), bytes(links)


def _extent(node: Node, place: Stored | None, names: _Names) -> tuple[int, int, int, int]:
    """Return the kind of a record, and the three u64 whose meaning depends on it."""
    if isinstance(node.item, ProjectSymlink):
        offset, size = names.add(node.item.target)
        return KIND_SYMLINK, offset, size, 0
    if isinstance(node.item, ProjectFile):
        assert place is not None
        return KIND_FILE, place.offset, place.stored_size, place.size
    return KIND_DIRECTORY, node.first_child, len(node.children), 0


def _fragment(node: Node, index: dict[str, int]) -> bytes:
    if not isinstance(node.item, ProjectFile) or not node.item.resolutions:
        return b""
    resolutions: dict[str, dict[str, int | None]] = {}
    for resolution in node.item.resolutions:
        resolutions.setdefault(resolution.kind.value, {})[resolution.specifier] = _target(
            resolution, index
        )
    return json.dumps(resolutions, separators=(",", ":"), sort_keys=True).encode()


def _target(resolution: Resolution, index: dict[str, int]) -> int | None:
    return None if resolution.target is None else index[resolution.target]

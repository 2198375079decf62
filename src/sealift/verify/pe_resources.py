"""The resources of a Windows executable as a flat list, found in the way of Windows.

``IMAGE_RESOURCE_DIRECTORY``: named entries 12, numbered entries 14 (u16 each), 16 bytes, then
entries of (u32 name or number, u32 offset); the highest bit of either marks a text or a directory.
``IMAGE_RESOURCE_DATA_ENTRY``: RVA, size, code page, 0 (u32 each). Three levels: type, name,
language.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from sealift.verify.comparing import wrong

Key = int | str
_MARK = 1 << 31
_MOST = 1 << 14


class Resource(NamedTuple):
    """Where one resource's bytes are in memory."""

    rva: int
    size: int
    code_page: int


class Tree(NamedTuple):
    """All resources by (type, name, language), the directories' own fields, and the tree's end."""

    resources: dict[tuple[Key, ...], Resource]
    directories: dict[tuple[Key, ...], tuple[int, ...]]
    end: int


def read_tree(tree: bytes) -> Tree:
    """Find all resources; also checks that each directory is sorted.

    Raises:
        FormatError: ``verification-failed``.
    """
    found: dict[tuple[Key, ...], Resource] = {}
    directories: dict[tuple[Key, ...], tuple[int, ...]] = {}
    end = 0
    waiting: list[tuple[tuple[Key, ...], int]] = [((), 0)]
    while waiting:
        path, at = waiting.pop()
        directories[path] = _read("<IIHH", tree, at)
        for key, target, used in _entries(tree, at):
            end = max(end, used, (target & ~_MARK) + 16)
            where = (*path, key)
            if target & _MARK:
                if len(where) == 3:
                    raise wrong("its resource tree is too deep")
                waiting.append((where, target - _MARK))
            elif len(where) != 3 or where in found:
                raise wrong("its resource tree has a resource at a wrong level, or twice")
            else:
                rva, size, code_page, reserved = _read("<IIII", tree, target)
                if reserved or target % 4:
                    raise wrong("a data entry of its resource tree is malformed")
                found[where] = Resource(rva, size, code_page)
            if len(found) + len(waiting) > _MOST:
                raise wrong("its resource tree has too many entries")
    return Tree(found, directories, end)


def _entries(tree: bytes, at: int) -> Iterator[tuple[Key, int, int]]:
    """Key, target, and where the entry or its name ends."""
    named, numbered = _read("<HH", tree, at + 12)
    before: tuple[bool, list[int]] | None = None
    for index in range(named + numbered):
        identity, target = _read("<II", tree, at + 16 + 8 * index)
        end = at + 24 + 8 * index
        if bool(identity & _MARK) != (index < named):
            raise wrong("the names in its resource tree do not come before the numbers")
        key: Key
        if identity & _MARK:
            units = _text(tree, identity - _MARK)
            order = (False, units)
            key = "".join(map(chr, units))
            end = max(end, identity - _MARK + 2 + 2 * len(units))
        else:
            order = (True, [identity])
            key = identity
        if before is not None and before >= order:
            raise wrong("its resource tree is not sorted, so that Windows would not find all")
        before = order
        yield key, target, end


def _text(tree: bytes, at: int) -> list[int]:
    (length,) = _read("<H", tree, at)
    return list(_read(f"<{length}H", tree, at + 2))


def _read(layout: str, data: bytes, at: int) -> tuple[int, ...]:
    if at + struct.calcsize(layout) > len(data):
        raise wrong("its resource tree is cut off")
    return struct.unpack_from(layout, data, at)

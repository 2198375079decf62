r"""Resource bundles of ICU, as far as locales need them: the root table, its keys and its strings.

After a header like that of a package, with "ResB" and format version 2 or 3::

    u32 root, u32 indexes[7..8] a resource is 4 bits of type and 28 bits of offset
    keys                       "AliasLocales\0", ... up to word indexes[1]
    16-bit units               strings and tables of strings
    words                      other resources, up to word indexes[3]

A table is u16 count, u16 keys[count], then the values: type 5 in 16-bit units, with u16 offsets of
strings; type 2 in words, with resources. Keys and strings may be in the pool bundle of the same
directory: key offsets from the top of the local keys on, and string offsets below a limit.

Source: ``uresdata.h`` and ``uresdata.cpp`` of ICU 77 and 78.
"""

from __future__ import annotations

import struct

from msgspec import Struct

_TABLE, _TABLE16, _STRING = 2, 5, 6
_VERSIONS = (b"\2", b"\3")
_EXPLICIT_LENGTH = range(0xDC00, 0xE000)


class BundleError(ValueError):
    """A bundle is not laid out as ICU's tools do; the text is a clause."""


class StringTable(Struct, frozen=True):
    """A table of strings in a bundle, type 5.

    Attributes:
        offset: of its first byte, in the item.
        names: its keys, sorted.
        keys, values: the numbers that are stored for each name.
    """

    offset: int
    names: tuple[str, ...]
    keys: tuple[int, ...]
    values: tuple[int, ...]


class Bundle:
    """One resource bundle."""

    def __init__(self, data: bytes, pool: Bundle | None = None) -> None:
        """Read ``data``, the bytes of an item; ``pool`` is the pool bundle of its directory.

        Raises:
            BundleError: it has another format.
        """
        if data[2:4] != b"\xda\x27" or data[12:16] != b"ResB" or data[16:17] not in _VERSIONS:
            raise BundleError("a resource bundle has another format")
        (self._start,) = struct.unpack_from("<H", data)
        self._data = data
        root, *indexes = self._numbers("7I", 0)
        if indexes[0] & 0xFF < 6:
            raise BundleError("a resource bundle has too few indexes")
        self._keys_start = 4 + 4 * (indexes[0] & 0xFF)
        self._keys_end = 4 * indexes[1]
        # Without keys of its own, all offsets of keys are those in the pool.
        self._key_limit = self._keys_end if self._keys_end > self._keys_start else 0
        self._pool = pool if indexes[5] & 4 else None
        self._pool_limit = (indexes[0] >> 8) | (indexes[5] & 0xF000) << 12
        self._pool_limit16 = indexes[5] >> 16
        self.root: dict[str, int] = self._table(root)
        """The resources of the root table."""

    def string(self, resource: int) -> str | None:
        """Return a string; None if the resource is something else."""
        if resource >> 28 != _STRING:
            return None
        offset = resource & 0xFFFFFFF
        if offset < self._pool_limit:
            return self._pool._text(offset) if self._pool else None
        return self._text(offset - self._pool_limit)

    def string_table(self, resource: int) -> StringTable | None:
        """Return a table of strings; None if it is empty and takes no bytes."""
        kind, offset = resource >> 28, resource & 0xFFFFFFF
        if kind == _TABLE and not offset:
            return None
        if kind != _TABLE16:
            raise BundleError("a list of locales is not a table of strings")
        at = self._keys_end + 2 * offset
        (count,) = self._numbers("H", at)
        keys = self._numbers(f"{count}H", at + 2)
        values = self._numbers(f"{count}H", at + 2 + 2 * count)
        return StringTable(self._start + at, tuple(map(self._key, keys)), keys, values)

    def _table(self, resource: int) -> dict[str, int]:
        kind, offset = resource >> 28, resource & 0xFFFFFFF
        if kind == _TABLE16:
            table = self.string_table(resource)
            assert table
            return dict(zip(table.names, map(self._resource, table.values), strict=True))
        if kind != _TABLE:
            raise BundleError("the root of a resource bundle is not a table")
        if not offset:
            return {}
        at = 4 * offset
        (count,) = self._numbers("H", at)
        keys = self._numbers(f"{count}H", at + 2)
        values = self._numbers(f"{count}I", (at + 2 + 2 * count + 3) & ~3)
        return dict(zip(map(self._key, keys), values, strict=True))

    def _resource(self, offset: int) -> int:
        """Return the resource of a string in a table of strings."""
        if offset >= self._pool_limit16:
            offset += self._pool_limit - self._pool_limit16
        return _STRING << 28 | offset

    def _key(self, offset: int) -> str:
        if offset < self._key_limit:
            return self._name(offset)
        if self._pool is None:
            raise BundleError("a resource bundle has no pool")
        return self._pool._name(offset - self._key_limit + self._pool._keys_start)

    def _name(self, offset: int) -> str:
        at = self._start + offset
        return self._data[at : self._data.index(b"\0", at)].decode("ascii")

    def _text(self, offset: int) -> str:
        at = self._keys_end + 2 * offset
        (first,) = self._numbers("H", at)
        if first in _EXPLICIT_LENGTH:  # of long strings, which no name of a locale is
            return ""
        at += self._start
        end = at
        while any(self._data[end : end + 2]):
            end += 2
        return self._data[at:end].decode("utf-16-le")

    def _numbers(self, layout: str, offset: int) -> tuple[int, ...]:
        try:
            return struct.unpack_from("<" + layout, self._data, self._start + offset)
        except struct.error as error:
            raise BundleError("a resource bundle is truncated") from error

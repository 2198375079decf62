"""Tables for moving code caches, kept in a directory by the digests of the two binaries.

A file's name is ``<source's SHA-256>-<target's SHA-256>.table``. Sealed
(`sealift.cache.sealed_file`) as ``SLMT``; MessagePack: magic, source checksum, target checksum,
number of read-only roots, mutable roots, strings (instance type, characters, source's place,
target's place; a place is empty where the string is not), refused places with reasons.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from sealift.bytecode.relocate import RelocationTable, make_relocation_table
from sealift.cache import seal, touch, unseal, write_file
from sealift.formats.v8.facts import V8Facts, read_v8_facts
from sealift.formats.v8.read_only_heap import HeapString
from sealift.model import NodeBinary

FORMAT = 2
"""Raise it when the layout, or what `make_relocation_table` proves, changes."""

_MAGIC = b"SLMT"
_Strings = tuple[tuple[int, bytes, bytes, bytes], ...]
_FIELDS = tuple[int, int, int, int, frozenset[int], _Strings, dict[bytes, str]]


class RelocationTables:
    """Gives tables, from a directory if they are there, which is made if it is not."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._facts: dict[str, V8Facts] = {}

    def table(self, source: NodeBinary, target: NodeBinary) -> RelocationTable:
        """Give the table that moves code caches from one binary to another.

        It takes 2 ms, or 0.4 s for each binary that no table was made of yet. A file in the
        directory that is damaged is made again; one that cannot be written is not.

        Raises:
            FormatError: ``relocation-refused``, or a binary's snapshot cannot be read
                (`read_v8_facts`).
            OSError: a binary cannot be read.
        """
        path = self._directory / f"{source.sha256}-{target.sha256}.table"
        with contextlib.suppress(OSError, ValueError):
            known = unpack_table(path.read_bytes())
            touch(path)
            return known
        table = make_relocation_table(self._facts_of(source), self._facts_of(target))
        with contextlib.suppress(OSError):
            write_file(path, pack_table(table))
        return table

    def _facts_of(self, node: NodeBinary) -> V8Facts:
        if node.sha256 not in self._facts:
            self._facts[node.sha256] = read_v8_facts(node.path)
        return self._facts[node.sha256]


def pack_table(table: RelocationTable) -> bytes:
    """Give a table as bytes."""
    strings = [
        (string.instance_type, string.characters, place, table.target_places.get(place, b""))
        for place, string in table.source_strings.items()
    ]
    relocated = set(table.target_places.values())
    strings += [
        (string.instance_type, string.characters, b"", place)
        for place, string in table.target_strings.items()
        if place not in relocated
    ]
    body = msgspec.msgpack.encode(
        (
            table.magic,
            table.source_checksum,
            table.target_checksum,
            table.read_only_roots,
            sorted(table.mutable_roots),
            strings,
            table.refused,
        )
    )
    return seal(_MAGIC, FORMAT, body)


def unpack_table(data: bytes) -> RelocationTable:
    """Read what `pack_table` gave; ValueError if it did not, or another release's did."""
    try:
        fields = msgspec.msgpack.decode(unseal(_MAGIC, FORMAT, data), type=_FIELDS)
    except (msgspec.DecodeError, ValueError):
        raise ValueError("not a table of this format") from None
    magic, source_checksum, target_checksum, read_only_roots, mutable_roots, strings, refused = (
        fields
    )
    target_places, source_strings, target_strings = {}, {}, {}
    for instance_type, characters, ours, theirs in strings:
        string = HeapString(instance_type, characters)
        if ours:
            source_strings[ours] = string
        if theirs:
            target_strings[theirs] = string
        if ours and theirs:
            target_places[ours] = theirs
    return RelocationTable(
        magic=magic,
        source_checksum=source_checksum,
        target_checksum=target_checksum,
        read_only_roots=read_only_roots,
        mutable_roots=mutable_roots,
        target_places=target_places,
        source_strings=source_strings,
        target_strings=target_strings,
        refused=refused,
    )

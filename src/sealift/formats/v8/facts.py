"""Facts about the heap of a Node binary's V8: everything that relocating a code cache needs."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from sealift.formats.v8.read_only_heap import HeapString, read_only_heap
from sealift.formats.v8.snapshot import read_snapshot
from sealift.formats.v8.startup_snapshot import describe_mutable_roots
from sealift.formats.v8.tokens import token_table
from sealift.formats.v8.uint30 import write_uint30


class V8Facts(Struct, frozen=True):
    """Facts of one binary.

    Attributes:
        name: the file's name, for messages.
        v8_version: such as ``13.6.233.17-node.50``.
        magic: format of its code caches.
        checksum: of the read-only part of its snapshot; its code caches contain it.
        strings: every string of the read-only heap, with its place as code caches store it: page
            and offset, both as Uint30.
        read_only_roots: description of each of these roots, in V8's order.
        mutable_roots: description of each of these roots, which follow the others.
    """

    name: str
    v8_version: str
    magic: int
    checksum: int
    strings: tuple[tuple[bytes, HeapString], ...]
    read_only_roots: tuple[str, ...]
    mutable_roots: tuple[str, ...]


def read_v8_facts(node: Path) -> V8Facts:
    """Return the facts of the binary ``node``, without running it; this takes some 0.4 s.

    Raises:
        FormatError: ``v8-snapshot-missing``, ``v8-format-unknown``, ``v8-read-only-heap`` or
            ``v8-startup-snapshot``.
        OSError: the file cannot be read.
    """
    snapshot = read_snapshot(node)
    owner = f"{node.name} (V8 {snapshot.v8_version})"
    token_table(snapshot.magic, owner, snapshot.v8_version)
    heap = read_only_heap(snapshot)
    places = ((heap.place(name), string) for name, string in heap.strings.items())
    return V8Facts(
        name=node.name,
        v8_version=snapshot.v8_version,
        magic=snapshot.magic,
        checksum=snapshot.read_only_checksum,
        strings=tuple((write_uint30(a) + write_uint30(b), string) for (a, b), string in places),
        # Roots that are one object must be one object in both binaries: hence the number.
        read_only_roots=tuple(
            f"{heap.root_numbers[name]}: {heap.describe(name)}" for name in heap.roots
        ),
        mutable_roots=describe_mutable_roots(snapshot, heap),
    )

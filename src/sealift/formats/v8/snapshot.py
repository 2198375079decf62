r"""V8's start-up snapshot, which every Node binary contains: find it and check that it is intact.

Layout (``SnapshotImpl`` in src/snapshot/snapshot.cc); numbers are u32, little-endian, offsets count
from the snapshot's start::

    0    number of contexts
    4    1 if it can be rehashed
    8    adler32, begun at 0, of all that follows
    12   adler32, begun at 0, of the read-only part: a code cache names it. Not there in V8 11
    16   V8's version, 64 bytes with NULs behind it
    80   offset of the read-only part
    84   offset of the shared heap
    88   offset of each context, ascending
    ...  start-up part, aligned to 8; then the parts above, in this order, without gaps

Every part starts with a magic number and the length of what follows.

Most binaries have two: V8's default, with 1 context, and Node's own, with 4, from which Node
starts. To make its own, Node's build runs the binary; where that was not possible (win-arm64 of
nodejs.org, built on x64) Node starts from V8's.
"""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

from msgspec import Struct

from sealift.errors import FormatError
from sealift.formats import messages
from sealift.formats.bounded_reader import BoundedReader
from sealift.formats.node_facts import scan

_NEEDLE = b"-node."
_NUMBERS = re.compile(rb"\d{1,12}\.\d+\.\d+\.\d+\Z")
_VERSION = re.compile(rb"((\d{1,3})\.\d+\.\d+\.\d+-node\.\d+)\0+\Z")
_VERSION_SIZE = 64
_HEAD, _HEAD_OF_11 = struct.Struct("<4I"), struct.Struct("<3I")  # what is before the version
_FIRST_WITH_READ_ONLY_CHECKSUM = 12
_CHECKED = 12  # behind the first checksum
_PART = struct.Struct("<2I")
_V8_CONTEXTS, _NODE_CONTEXTS = 1, 4
_LARGEST = 64 << 20


class Snapshot(Struct, frozen=True):
    """The parts of a snapshot that describe heap objects.

    Attributes:
        v8_version: such as ``13.6.233.17-node.50``.
        contexts: 4, or 1 if it is V8's default.
        offset: where it starts in the file.
        read_only_checksum: the checksum in code caches that this binary makes; 0 in V8 11, whose
            caches have none.
        magic: number that all its parts start with; it identifies the format of the tokens.
        startup: tokens of the start-up part, without magic and length.
        read_only: tokens of the read-only part, without magic and length.
    """

    v8_version: str
    contexts: int
    offset: int
    read_only_checksum: int
    magic: int
    startup: bytes
    read_only: bytes


def read_snapshot(node: Path) -> Snapshot:
    """Return the snapshot from which the binary ``node`` starts; the file is read once.

    Raises:
        FormatError: ``v8-snapshot-missing``: no snapshot has the right checksums, or it is not
            clear which one Node starts from.
        OSError: the file cannot be read.
    """
    with node.open("rb") as file:
        versions: list[int] = []
        for _, at, before, after in scan(file, (_NEEDLE,)):
            numbers = _NUMBERS.search(before)
            if numbers and after[:1].isdigit():
                first, text = at - len(numbers.group()), numbers.group()
                # The checksum in front of the version may end in bytes that look like digits.
                versions += [first + skip for skip in range(text.index(b"."))]
        reader = BoundedReader(file, messages.V8_STARTUP_SNAPSHOT_BROKEN.error)
        found = [snapshot for at in versions if (snapshot := _read(reader, at)) is not None]
    by_contexts = {snapshot.contexts: snapshot for snapshot in found}
    chosen = by_contexts.get(_NODE_CONTEXTS) or by_contexts.get(_V8_CONTEXTS)
    if chosen is None or len(by_contexts) != len(found):
        raise messages.V8_SNAPSHOT_MISSING.error(name=node.name, count=len(found))
    return chosen


def _read(reader: BoundedReader, version_at: int) -> Snapshot | None:
    """Return the snapshot whose V8 version is at ``version_at``; None if there is no valid one."""
    try:
        return _read_parts(reader, version_at)
    except FormatError:
        return None  # it would reach past the end of the file


def _read_parts(reader: BoundedReader, version_at: int) -> Snapshot | None:
    version = _VERSION.match(reader.read(version_at, _VERSION_SIZE))
    if version is None:
        return None
    head = _HEAD if int(version.group(2)) >= _FIRST_WITH_READ_ONLY_CHECKSUM else _HEAD_OF_11
    start = version_at - head.size
    contexts, rehashable, checksum, *more = head.unpack(reader.read(start, head.size))
    if contexts not in (_V8_CONTEXTS, _NODE_CONTEXTS) or rehashable > 1:
        return None
    table = struct.Struct(f"<{2 + contexts}I")
    offsets = table.unpack(reader.read(version_at + _VERSION_SIZE, table.size))
    begin = head.size + _VERSION_SIZE + table.size + 7 & ~7
    if list(offsets) != sorted({begin, *offsets})[1:] or offsets[-1] > _LARGEST:
        return None
    magic, length = _PART.unpack(reader.read(start + offsets[-1], _PART.size))
    if length > _LARGEST:
        return None
    data = reader.read(start, offsets[-1] + _PART.size + length)
    read_only = data[offsets[0] : offsets[1]]
    if zlib.adler32(data[_CHECKED:], 0) != checksum:
        return None
    if more not in ([], [zlib.adler32(read_only, 0)]):
        return None
    startup = data[begin : offsets[0]]
    for part in (startup, read_only):
        if _PART.unpack_from(part) != (magic, len(part) - _PART.size):
            return None
    return Snapshot(
        v8_version=version.group(1).decode(),
        contexts=contexts,
        offset=start,
        read_only_checksum=more[0] if more else 0,
        magic=magic,
        startup=startup[_PART.size :],
        read_only=read_only[_PART.size :],
    )

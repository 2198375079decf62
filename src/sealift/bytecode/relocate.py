"""Relocate a code cache from the Node that compiled it to another Node with the same V8.

Two things differ between platforms: where strings are in V8's read-only heap, and the checksum of
that heap. So relocation replaces each reference (page, offset) by the target's reference to the
same string, and then the checksum, if the format has one.

With the target's checksum in it, V8 accepts the cache and checks nothing more: a wrong reference is
a crash. So nothing is relocated on a guess. The two binaries must have exactly the same V8 version,
and the same format. All read-only roots, which caches name by index, must be equal in type, shape,
fields and characters; so must every mutable root that the cache names. Every reference must be to a
string that exists exactly once in each binary. The relocated cache is read again and compared with
the original before it is returned.

V8 11's caches do not say which heap they refer to: the caller must know which Node made them, and
V8 accepts any cache that was made with its version and flags.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct

from sealift.bytecode.messages import RELOCATION_REFUSED
from sealift.errors import FormatError
from sealift.formats.v8.code_cache import LEAST_PADDING, CacheReferences
from sealift.formats.v8.code_cache_header import read_cache_header
from sealift.formats.v8.facts import V8Facts
from sealift.formats.v8.read_only_heap import HeapString
from sealift.formats.v8.tokens import NOTHING, WORD, token_table
from sealift.formats.v8.uint30 import read_uint30
from sealift.record import replace


class RelocationTable(Struct, frozen=True):
    """What relocates code caches from one binary to another. Places are as in `CacheReferences`.

    Attributes:
        magic: format of the caches.
        source_checksum, target_checksum: of the two read-only heaps.
        read_only_roots: how many there are; caches may name all of them.
        mutable_roots: indices of the further roots that are equal in both binaries.
        target_places: the target's place of each string, by the source's place.
        source_strings, target_strings: the string at each of these places.
        refused: why a place has no counterpart, by the source's place.
    """

    magic: int
    source_checksum: int
    target_checksum: int
    read_only_roots: int
    mutable_roots: frozenset[int]
    target_places: Mapping[bytes, bytes]
    source_strings: Mapping[bytes, HeapString]
    target_strings: Mapping[bytes, HeapString]
    refused: Mapping[bytes, str]


def make_relocation_table(source: V8Facts, target: V8Facts) -> RelocationTable:
    """Return the table that relocates caches from ``source`` to ``target``.

    Raises:
        FormatError: ``relocation-refused``: the two differ in more than the places of strings.
    """
    if source.v8_version != target.v8_version:
        raise _refused(
            f"{source.name} has V8 {source.v8_version} and {target.name} has {target.v8_version}"
        )
    if source.magic != target.magic:
        raise _refused(f"{source.name} and {target.name} have different bytecode formats")
    _compare_roots(source, target)
    first = len(source.read_only_roots)
    pairs = zip(source.mutable_roots, target.mutable_roots, strict=True)
    equal = frozenset(first + i for i, (ours, theirs) in enumerate(pairs) if ours == theirs != "")
    their_places = _places_by_string(target)
    target_places, refused = {}, {}
    for string, places in _places_by_string(source).items():
        found = their_places.get(string, [])
        if len(places) == len(found) == 1:
            target_places[places[0]] = found[0]
            continue
        reason = (
            f"the string {str(string)!r} exists {len(places)} times in {source.name} and "
            f"{len(found)} times in {target.name}"
        )
        refused.update(dict.fromkeys(places, reason))
    return RelocationTable(
        magic=source.magic,
        source_checksum=source.checksum,
        target_checksum=target.checksum,
        read_only_roots=first,
        mutable_roots=equal,
        target_places=target_places,
        source_strings=dict(source.strings),
        target_strings=dict(target.strings),
        refused=refused,
    )


def _compare_roots(source: V8Facts, target: V8Facts) -> None:
    for kind, ours, theirs in (
        ("read-only", source.read_only_roots, target.read_only_roots),
        ("mutable", source.mutable_roots, target.mutable_roots),
    ):
        if len(ours) != len(theirs):
            raise _refused(f"{source.name} and {target.name} differ in the number of {kind} roots")
    pairs = zip(source.read_only_roots, target.read_only_roots, strict=True)
    for number, (root, other) in enumerate(pairs):
        if root != other:
            raise _refused(f"root {number} differs between {source.name} and {target.name}")


def _places_by_string(facts: V8Facts) -> dict[HeapString, list[bytes]]:
    found: dict[HeapString, list[bytes]] = defaultdict(list)
    for place, string in facts.strings:
        found[string].append(place)
    return found


def relocate(cache: bytes, references: CacheReferences, table: RelocationTable) -> bytes:
    """Return the cache as the target's own Node would have made it.

    It takes some 20 ms for 10 MB.

    Raises:
        FormatError: ``relocation-refused``: the references are not this cache's, the cache was not
            made by the table's source, or it refers to something that is not proven to be the same
            in both binaries.
    """
    _check_origin(cache, references, table)
    _check_roots(references.roots, table)
    replacements = [_target_place(place, table) for place in references.places]
    header = read_cache_header(cache)
    pieces: list[bytes] = []
    done = header.size
    for position, use in zip(references.positions, references.uses, strict=True):
        pieces += (cache[done:position], replacements[use])
        done = position + len(references.places[use])
    pieces.append(cache[done : references.end])
    length = sum(map(len, pieces)) + LEAST_PADDING
    length += -length % WORD
    header = replace(header, checksum=table.target_checksum, length=length)
    relocated = b"".join([header.pack(), *pieces])
    relocated = relocated.ljust(header.size + length, bytes([NOTHING]))
    _check_relocated(cache, relocated, references, table)
    return relocated


def _check_origin(cache: bytes, references: CacheReferences, table: RelocationTable) -> None:
    if hashlib.sha256(cache).digest() != references.sha256:
        raise _refused("the code cache has changed since its references were found")
    if references.magic != table.magic:
        raise _refused("the code cache has another format than the two binaries")
    if references.checksum != table.source_checksum:
        raise _refused(
            f"the code cache was made by a Node whose read-only heap has the checksum "
            f"{references.checksum:#010x}, not {table.source_checksum:#010x}"
        )


def _check_roots(roots: Iterable[int], table: RelocationTable) -> None:
    for root in roots:
        if root >= table.read_only_roots and root not in table.mutable_roots:
            raise _refused(
                f"the code cache uses root {root}, which is not proven to be the same in both "
                "binaries"
            )


def _target_place(place: bytes, table: RelocationTable) -> bytes:
    if (found := table.target_places.get(place)) is not None:
        return found
    page, at = read_uint30(place, 0)
    offset, _ = read_uint30(place, at)
    reason = table.refused.get(place, "no string is there")
    raise _refused(f"the code cache refers to page {page}, offset {offset:#x}, and {reason}")


def _check_relocated(
    cache: bytes, relocated: bytes, references: CacheReferences, table: RelocationTable
) -> None:
    """Read both caches: each reference is to the same string, and all else is equal."""
    was, now = memoryview(cache), memoryview(relocated)
    header = read_cache_header(cache)
    token = token_table(header.magic).read_only_reference
    old = new = header.size
    for position in references.positions:
        between = position - old
        start = new + between
        if now[new:start] != was[old:position] or now[start - 1] != token:
            raise _wrong(new)
        old, new = _after_place(cache, position), _after_place(relocated, start)
        string = table.target_strings.get(relocated[start:new])
        if string is None or string != table.source_strings[cache[position:old]]:
            raise _wrong(start)
    end = new + references.end - old
    if now[new:end] != was[old : references.end] or relocated[end:].strip(bytes([NOTHING])):
        raise _wrong(new)
    expected = replace(header, checksum=table.target_checksum, length=len(relocated) - header.size)
    if read_cache_header(relocated) != expected:
        raise _wrong(0)


def _after_place(data: bytes, at: int) -> int:
    _, at = read_uint30(data, at)
    _, at = read_uint30(data, at)
    return at


def _wrong(at: int) -> FormatError:
    return _refused(f"the relocated code cache differs at {at:#x} in more than its references")


def _refused(reason: str) -> FormatError:
    return RELOCATION_REFUSED.error(reason=reason)

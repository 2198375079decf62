"""A V8 code cache: its header, and the one pass over its tokens that finds what must be moved.

Header (``SerializedCodeData`` in src/snapshot/code-serializer.h), u32, little-endian::

    0    magic: the format, see `sealift.formats.v8_tokens`
    4    hash of V8's version
    8    length of the source, bit 31 for a module
    12   hash of the flags
    16   checksum of the read-only part of the snapshot that the cache refers to
    20   length of what follows the header
    24   checksum of what follows: 0, V8 computes it in debug builds only
    28   0

Behind it (``CodeSerializer::SerializeSharedFunctionInfo``, ``Serializer::SerializeDeferredObjects``
and ``Pad``) is one slot, the outermost function; then objects that were put off; a synchronize
token; 3 or more "nothing" tokens, up to a multiple of 8.

An object is read whole before the slot behind it is: so a stack of how many slots are missing in
each object that is being read tells whether all of them are filled to exactly their sizes.
"""

from __future__ import annotations

import hashlib
import struct
from array import array
from dataclasses import dataclass

from sealift.errors import FormatError
from sealift.formats.v8_tokens import (
    ATTACHED_REFERENCE,
    BACK_REFERENCE,
    HOT_0,
    HOT_OBJECTS,
    NEW_OBJECT_LAST,
    NOTHING,
    RAW_1,
    READ_ONLY_REFERENCE,
    REPEAT,
    REPEAT_2,
    ROOT,
    ROOT_0,
    SHORTEST_VARIABLE_REPEAT,
    SYNCHRONIZE,
    WORD,
    token_table,
)
from sealift.formats.v8_uint30 import read_uint30

HEADER = struct.Struct("<8I")
CHECKSUM_OFFSET = 16
LENGTH_OFFSET = 20
LEAST_PADDING = 3


@dataclass(frozen=True, slots=True)
class CacheOutline:
    """What moving a cache takes to know about it; the same for all targets.

    Attributes:
        sha256: digest of the cache it was made of.
        magic: of the cache's header.
        checksum: of the read-only snapshot it refers to.
        end: offset behind the synchronize token; padding follows.
        places: every different place in the read-only heap that is referred to, as its two
            Uint30s are stored: page and offset.
        positions: offset of every such reference's first Uint30, ascending.
        uses: for every position, the index of its place in ``places``.
        roots: all roots that are named by index (32 and above), ascending.
    """

    sha256: bytes
    magic: int
    checksum: int
    end: int
    places: tuple[bytes, ...]
    positions: array[int]
    uses: array[int]
    roots: tuple[int, ...]


def outline(cache: bytes) -> CacheOutline:
    """Go through a cache once, checking its whole structure.

    It takes some 0.5 s for 10 MB (the bytecode of 9 MB of source).

    Raises:
        FormatError: ``v8-format-unknown``, or ``v8-cache``: it is not as described above.
    """
    if len(cache) < HEADER.size or len(cache) % WORD:
        raise _broken("it is cut off")
    magic, _, _, _, checksum, length, payload_checksum, zero = HEADER.unpack_from(cache)
    token_table(magic)
    if length != len(cache) - HEADER.size or payload_checksum or zero:
        raise _broken("its header does not fit what follows")
    places: dict[bytes, int] = {}
    positions, uses = array("I"), array("I")
    try:
        end, roots = _read(cache, magic, places, positions, uses)
    except IndexError:
        raise _broken("it ends too early, or refers to an object that does not exist") from None
    padding = cache[end:]
    if len(padding) not in range(LEAST_PADDING, LEAST_PADDING + WORD) or padding.strip(
        bytes([NOTHING])
    ):
        raise _broken("what follows its end is no padding")
    return CacheOutline(
        sha256=hashlib.sha256(cache).digest(),
        magic=magic,
        checksum=checksum,
        end=end,
        places=tuple(places),
        positions=positions,
        uses=uses,
        roots=tuple(sorted(roots)),
    )


def _read(
    cache: bytes,
    magic: int,
    places: dict[bytes, int],
    positions: array[int],
    uses: array[int],
) -> tuple[int, set[int]]:
    """Read all tokens; give the end and the roots. A loop of one million steps for 10 MB."""
    table = token_table(magic)
    variable_raw, repeats_roots = table.variable_raw, table.repeats_roots
    cleared_weak = table.cleared_weak_reference
    skipped = (table.weak_prefix, table.protected_prefix, NOTHING)
    register_pending, resolve_pending = table.register_pending, table.resolve_pending
    roots: set[int] = set()
    hot_are_roots = [False] * HOT_OBJECTS
    next_hot = objects = registered = resolved = 0
    outer: list[int] = []  # slots missing in the objects around the one being read
    missing = 1  # slots missing in the object being read; at first, the outermost slot
    at = HEADER.size
    while True:
        while not missing and outer:
            missing = outer.pop()
        if not missing:
            # The outermost slot, or an object that was put off, is complete.
            if cache[at] == SYNCHRONIZE:
                break
            if cache[at] > NEW_OBJECT_LAST:
                raise _unexpected(cache, at)
            missing = 1
        token = cache[at]
        at += 1
        if token >= RAW_1:
            if token < REPEAT_2:
                words = token - RAW_1 + 1
                at += words * WORD
                missing -= words
            elif token >= HOT_0:
                if token >= HOT_0 + HOT_OBJECTS:
                    raise _unexpected(cache, at - 1)
                missing -= 1
            elif repeats_roots:
                roots.add(cache[at])
                at += 1
                missing -= token - REPEAT_2 + 2
            else:
                missing -= token - REPEAT_2 + 1
                _check_repeated(cache, at)
        elif token >= ROOT_0:
            missing -= 1
        elif token <= READ_ONLY_REFERENCE or token == ROOT:
            # These have a number. Nearly all of them are of one or two bytes.
            start = at
            low = cache[at]
            length = (low & 3) + 1
            number = (
                low if length == 1 else int.from_bytes(cache[at : at + length], "little")
            ) >> 2
            at += length
            missing -= 1
            if token == ROOT:
                roots.add(number)
                hot_are_roots[next_hot] = True
                next_hot = (next_hot + 1) % HOT_OBJECTS
            elif token == BACK_REFERENCE:
                if number >= objects:
                    raise _unexpected(cache, start - 1)
                hot_are_roots[next_hot] = False
                next_hot = (next_hot + 1) % HOT_OBJECTS
            elif token <= NEW_OBJECT_LAST:
                objects += 1
                outer.append(missing)
                missing = number - 1
                # The map comes first, and is always a root here.
                token = cache[at]
                at += 1
                if ROOT_0 <= token < RAW_1:
                    pass
                elif token == ROOT:
                    number, at = read_uint30(cache, at)
                    roots.add(number)
                    hot_are_roots[next_hot] = True
                    next_hot = (next_hot + 1) % HOT_OBJECTS
                elif not HOT_0 <= token < HOT_0 + HOT_OBJECTS or not hot_are_roots[token - HOT_0]:
                    raise _unexpected(cache, at - 1)
            else:
                _, at = read_uint30(cache, at)
                place = cache[start:at]
                positions.append(start)
                uses.append(places.setdefault(place, len(places)))
        elif token in skipped:
            pass
        elif token == variable_raw:
            words, at = read_uint30(cache, at)
            at += words * WORD
            missing -= words
        elif token == REPEAT:
            times, at = read_uint30(cache, at)
            times += SHORTEST_VARIABLE_REPEAT
            if repeats_roots:
                roots.add(cache[at])
                at += 1
                missing -= times
            else:
                missing -= times - 1
                _check_repeated(cache, at)
        elif token == cleared_weak:
            missing -= 1
        elif token == register_pending:
            registered += 1
            missing -= 1
        elif token == resolve_pending:
            number, at = read_uint30(cache, at)
            if number >= registered:
                raise _unexpected(cache, at)
            resolved += 1
        elif token == ATTACHED_REFERENCE:
            number, at = read_uint30(cache, at)
            if number:
                raise _unexpected(cache, at - 1)  # only the source is attached
            missing -= 1
        else:
            raise _unexpected(cache, at - 1)
        if missing < 0:
            raise _broken(f"an object is filled beyond its size at {at:#x}")
    if registered != resolved:
        raise _broken("some of its forward references lead nowhere")
    return at + 1, roots


def _check_repeated(cache: bytes, at: int) -> None:
    """What is repeated is the next token: it must fill one slot, from something that exists."""
    token = cache[at]
    if not ROOT_0 <= token < RAW_1 and token != ROOT and not HOT_0 <= token < HOT_0 + HOT_OBJECTS:
        raise _unexpected(cache, at)


def _unexpected(cache: bytes, at: int) -> FormatError:
    return _broken(f"token {cache[at]:#04x} at {at:#x} has no place there")


def _broken(what: str) -> FormatError:
    return FormatError(
        "v8-cache",
        f"A V8 code cache cannot be read: {what}.",
        "Build again without the cached bytecode; if it stays so, ship source.",
    )

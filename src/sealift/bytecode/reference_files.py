"""Outlines of code caches as bytes, to be kept beside the caches they are of.

Sealed (`sealift.cache.sealed_file`) as ``SLOL``; MessagePack: the fields of `CacheReferences` in
their order, the arrays as little-endian u32.
"""

from __future__ import annotations

import sys
from array import array

import msgspec

from sealift.cache import seal, unseal
from sealift.errors import FormatError
from sealift.formats.v8.code_cache import CacheReferences

FORMAT = 4
"""Raise it when the layout changes, or what is checked in a cache or done to it to keep it."""

_MAGIC = b"SLOL"
_FIELDS = tuple[
    bytes,
    int,
    int,
    int,
    tuple[bytes, ...],
    bytes,
    bytes,
    tuple[int, ...],
    bytes,
    bytes,
    bytes,
    bytes,
]


def pack_references(references: CacheReferences) -> bytes:
    """Give an outline as bytes."""
    body = msgspec.msgpack.encode(
        (
            references.sha256,
            references.magic,
            references.checksum,
            references.end,
            references.places,
            _little_endian(references.positions).tobytes(),
            _little_endian(references.uses).tobytes(),
            references.roots,
            _little_endian(references.functions).tobytes(),
            _little_endian(references.scripts).tobytes(),
            _little_endian(references.paddings).tobytes(),
            _little_endian(references.classes).tobytes(),
        )
    )
    return seal(_MAGIC, FORMAT, body)


def unpack_references(data: bytes) -> CacheReferences:
    """Read what `pack_references` gave.

    Raises:
        FormatError: ``references-broken``: it did not, or another release's did.
    """
    try:
        fields = msgspec.msgpack.decode(unseal(_MAGIC, FORMAT, data), type=_FIELDS)
        sha256, magic, checksum, end, places, positions, uses, roots, *arrays = fields
        functions, scripts, paddings, classes = (
            _little_endian(array("I", data)) for data in arrays
        )
        return CacheReferences(
            sha256=sha256,
            magic=magic,
            checksum=checksum,
            end=end,
            places=places,
            positions=_little_endian(array("I", positions)),
            uses=_little_endian(array("I", uses)),
            roots=roots,
            functions=functions,
            scripts=scripts,
            paddings=paddings,
            classes=classes,
        )
    except (msgspec.DecodeError, ValueError):
        raise _broken() from None


def _little_endian(values: array[int]) -> array[int]:
    if sys.byteorder == "little":
        return values
    swapped = values[:]
    swapped.byteswap()
    return swapped


def _broken() -> FormatError:
    return FormatError(
        "references-broken",
        "A stored outline of a code cache is damaged, or another release made it.",
        "Delete the cached bytecode and build again.",
    )

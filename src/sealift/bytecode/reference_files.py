"""Outlines of code caches as bytes, to be kept beside the caches they are of.

Sealed (`sealift.cache.sealed_file`) as ``SLOL``; MessagePack: the fields of `CacheOutline` in their
order, the arrays as little-endian u32.
"""

from __future__ import annotations

import sys
from array import array

import msgspec

from sealift.cache.sealed_file import seal, unseal
from sealift.errors import FormatError
from sealift.formats.v8.code_cache import CacheOutline

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


def pack_outline(outline: CacheOutline) -> bytes:
    """Give an outline as bytes."""
    body = msgspec.msgpack.encode(
        (
            outline.sha256,
            outline.magic,
            outline.checksum,
            outline.end,
            outline.places,
            _little_endian(outline.positions).tobytes(),
            _little_endian(outline.uses).tobytes(),
            outline.roots,
            _little_endian(outline.functions).tobytes(),
            _little_endian(outline.scripts).tobytes(),
            _little_endian(outline.paddings).tobytes(),
            _little_endian(outline.classes).tobytes(),
        )
    )
    return seal(_MAGIC, FORMAT, body)


def unpack_outline(data: bytes) -> CacheOutline:
    """Read what `pack_outline` gave.

    Raises:
        FormatError: ``outline-broken``: it did not, or another release's did.
    """
    try:
        fields = msgspec.msgpack.decode(unseal(_MAGIC, FORMAT, data), type=_FIELDS)
        sha256, magic, checksum, end, places, positions, uses, roots, *arrays = fields
        functions, scripts, paddings, classes = (
            _little_endian(array("I", data)) for data in arrays
        )
        return CacheOutline(
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
        "outline-broken",
        "A stored outline of a code cache is damaged, or another release made it.",
        "Delete the cached bytecode and build again.",
    )

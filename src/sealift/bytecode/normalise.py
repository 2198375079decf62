"""Take out of a code cache what differs from one compilation of the same source to the next.

A process numbers scripts and functions as it compiles them, and caches hold these numbers and a few
bytes that hold whatever was in memory (`sealift.formats.v8.code_cache`). V8 gives both new numbers
when it loads them (``PostProcessNewObject`` in src/snapshot/deserializer.cc). So a settled cache
numbers its script 1 and its functions, if they have such numbers, from 1 on: the same bytes
whatever was compiled before it, and on whatever platform.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace

from sealift.errors import FormatError
from sealift.formats.v8.code_cache import CacheReferences
from sealift.formats.v8.tokens import token_table

_NUMBER_AND_PADDING = struct.Struct("<2I")
_PADDING = bytes(4)
_SCRIPT = struct.pack("<2I", 0, 1)


def normalise(cache: bytes, references: CacheReferences) -> tuple[bytes, CacheReferences]:
    """Give the settled cache and its outline; settling it again changes nothing.

    Raises:
        FormatError: ``v8-cache``: its functions are not numbered as they should be.
    """
    normalised = bytearray(cache)
    numbered = references.functions if token_table(references.magic).function_numbers else ()
    numbers = [_NUMBER_AND_PADDING.unpack_from(cache, at)[0] for at in numbered]
    if (
        len(set(numbers)) != len(numbers)
        or not references.functions
        or len(references.scripts) != 1
    ):
        raise FormatError(
            "v8-cache",
            "A V8 code cache has functions without numbers of their own, or not one script.",
            "Use a Node release whose bytecode is known, or ship source.",
        )
    first = min(numbers, default=0)
    for at, number in zip(numbered, numbers, strict=True):
        _NUMBER_AND_PADDING.pack_into(normalised, at, number - first + 1, 0)
    for at in references.paddings:
        normalised[at : at + len(_PADDING)] = _PADDING
    for at in references.scripts:
        normalised[at : at + len(_SCRIPT)] = _SCRIPT
    result = bytes(normalised)
    return result, replace(references, sha256=hashlib.sha256(result).digest())

"""Remove what makes two code caches of the same source differ.

A process numbers scripts and functions in the order in which it compiles them. Code caches contain
these numbers, and a few bytes that hold whatever was in memory (`sealift.formats.v8.code_cache`).
V8 assigns new numbers when it loads a cache (``PostProcessNewObject`` in
src/snapshot/deserializer.cc). So a normalised cache gives its script the number 1 and its
functions, if they have such numbers, the numbers from 1 on. It has the same bytes whatever was
compiled before it, and on every platform.
"""

from __future__ import annotations

import hashlib
import struct

from sealift.bytecode.messages import UNKNOWN_FUNCTION_NUMBERS
from sealift.formats.v8.code_cache import CacheReferences
from sealift.formats.v8.tokens import token_table
from sealift.record import replace

_NUMBER_AND_PADDING = struct.Struct("<2I")
_PADDING = bytes(4)
_SCRIPT = struct.pack("<2I", 0, 1)


def normalise(cache: bytes, references: CacheReferences) -> tuple[bytes, CacheReferences]:
    """Return the normalised cache and its references; a normalised cache stays unchanged.

    Raises:
        FormatError: ``v8-cache``: there is not one script, or two functions share a number.
    """
    normalised = bytearray(cache)
    numbered = references.functions if token_table(references.magic).function_numbers else ()
    numbers = [_NUMBER_AND_PADDING.unpack_from(cache, at)[0] for at in numbered]
    unique = len(set(numbers)) == len(numbers)
    if not unique or not references.functions or len(references.scripts) != 1:
        raise UNKNOWN_FUNCTION_NUMBERS.error()
    first = min(numbers, default=0)
    for at, number in zip(numbered, numbers, strict=True):
        _NUMBER_AND_PADDING.pack_into(normalised, at, number - first + 1, 0)
    for at in references.paddings:
        normalised[at : at + len(_PADDING)] = _PADDING
    for at in references.scripts:
        normalised[at : at + len(_SCRIPT)] = _SCRIPT
    result = bytes(normalised)
    return result, replace(references, sha256=hashlib.sha256(result).digest())

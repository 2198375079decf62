"""Keep V8 from throwing away the bytecode of a script whose source is left out.

V8 throws away the bytecode of functions that were not called during some major collections, and
compiles them again when they are called ("bytecode flushing"). Without source it cannot. It asks
each function whether it may be compiled lazily, and keeps the bytecode of those that may not
(``SharedFunctionInfo::ShouldFlushCode`` in src/objects/shared-function-info-inl.h, later
``HasBytecodeArrayForFlushing`` in src/heap/marking-visitor-inl.h). Of a function that has bytecode
nothing else is decided by that. So it is denied to every function of the cache.

The end of a SharedFunctionInfo (src/objects/shared-function-info.tq), seen from its offset in
`CacheReferences.functions`::

    -16  u16 length, u16 number of parameters, u16 offset of its first token, 2 x u8
     -8  u32 flags: bits 0 to 4 kind of function, bit 12 may be compiled lazily
     -4  u32 number in the script; that of the outermost function is 0
      0  u32 number in the process, u32 padding; not there in V8 11
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace

from sealift.errors import FormatError
from sealift.formats.v8.code_cache import CacheReferences

_FLAGS_AND_NUMBER = struct.Struct("<2I")
_LAZY = 1 << 12


def pin_bytecode(cache: bytes, references: CacheReferences) -> tuple[bytes, CacheReferences]:
    """Give the cache, and its outline, so that V8 keeps all of its bytecode.

    Raises:
        FormatError: ``v8-cache``: its functions do not end as described above.
    """
    kept = bytearray(cache)
    numbers = set()
    for end in references.functions:
        at = end - _FLAGS_AND_NUMBER.size
        flags, number = _FLAGS_AND_NUMBER.unpack_from(cache, at)
        numbers.add(number)
        _FLAGS_AND_NUMBER.pack_into(kept, at, flags & ~_LAZY, number)
    if 0 not in numbers or len(numbers) != len(references.functions):
        raise FormatError(
            "v8-cache",
            "A V8 code cache has functions that do not end as V8's functions do.",
            "Use a Node release whose bytecode is known, or ship source.",
        )
    result = bytes(kept)
    return result, replace(references, sha256=hashlib.sha256(result).digest())

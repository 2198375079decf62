"""Keep V8 from discarding the bytecode of a script whose source does not ship.

V8 discards the bytecode of functions that were not called during some major collections, and
compiles them again when they are called ("bytecode flushing"). Without source it cannot. V8 asks
each function whether it may be compiled lazily, and keeps the bytecode of those that may not
(``SharedFunctionInfo::ShouldFlushCode`` in src/objects/shared-function-info-inl.h, later
``HasBytecodeArrayForFlushing`` in src/heap/marking-visitor-inl.h). For a function that has
bytecode, that answer decides nothing else. So it becomes "no" for every function of the cache.

The end of a SharedFunctionInfo (src/objects/shared-function-info.tq), relative to its offset in
`CacheReferences.functions`::

    -16  u16 length, u16 number of parameters, u16 offset of its first token, 2 x u8
     -8  u32 flags: bits 0 to 4 kind of function, bit 12 may be compiled lazily
     -4  u32 number in the script; that of the outermost function is 0
      0  u32 number in the process, u32 padding; absent in V8 11
"""

from __future__ import annotations

import hashlib
import struct

from sealift.bytecode.messages import UNKNOWN_FUNCTION_FLAGS
from sealift.formats.v8.code_cache import CacheReferences
from sealift.record import replace

_FLAGS_AND_NUMBER = struct.Struct("<2I")
_LAZY = 1 << 12


def pin_bytecode(cache: bytes, references: CacheReferences) -> tuple[bytes, CacheReferences]:
    """Return the cache, changed so that V8 keeps all of its bytecode, and its references.

    Raises:
        FormatError: ``v8-cache``: its functions do not end as described above.
    """
    pinned = bytearray(cache)
    numbers = set()
    for end in references.functions:
        at = end - _FLAGS_AND_NUMBER.size
        flags, number = _FLAGS_AND_NUMBER.unpack_from(cache, at)
        numbers.add(number)
        _FLAGS_AND_NUMBER.pack_into(pinned, at, flags & ~_LAZY, number)
    if 0 not in numbers or len(numbers) != len(references.functions):
        raise UNKNOWN_FUNCTION_FLAGS.error()
    result = bytes(pinned)
    return result, replace(references, sha256=hashlib.sha256(result).digest())

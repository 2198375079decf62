"""The header of a V8 code cache (``SerializedCodeData`` in src/snapshot/code-serializer.h).

Numbers are u32, little-endian::

    V8 11  later
    0      0      magic: the format, see `sealift.formats.v8.tokens`
    4      4      hash of V8's version
    8      8      length of the source in UTF-16 units; with V8 11 and 12 bit 31 is set for a
                  module, later bit 30 for a module and bit 29 for a function with named parameters
                  (``vm.compileFunction``)
    12     12     hash of the flags
    -      16     checksum of the read-only part of the snapshot that the cache refers to
    16     20     length of what follows the header
    20     24     checksum of what follows: 0, V8 computes it in debug builds only
    -      28     0
"""

from __future__ import annotations

import struct

from msgspec import Struct

from sealift.formats import messages
from sealift.formats.v8.tokens import WORD, token_table

SOURCE_LENGTH = (1 << 29) - 1
_broken = messages.V8_CACHE_BROKEN.error
_HEADER, _HEADER_OF_11 = struct.Struct("<8I"), struct.Struct("<6I")


class CacheHeader(Struct, frozen=True):
    """The fields of a header.

    Attributes:
        checksum: 0 in V8 11, whose caches have none.
        length: of what follows the header, in bytes.
        size: of the header itself, in bytes.
    """

    magic: int
    version_hash: int
    source_hash: int
    flag_hash: int
    checksum: int
    length: int
    size: int

    def pack(self) -> bytes:
        """Return the header's bytes."""
        first = (self.magic, self.version_hash, self.source_hash, self.flag_hash)
        if self.size == _HEADER_OF_11.size:
            return _HEADER_OF_11.pack(*first, self.length, 0)
        return _HEADER.pack(*first, self.checksum, self.length, 0, 0)


def read_cache_header(cache: bytes) -> CacheHeader:
    """Return the header of a complete cache.

    Raises:
        FormatError: ``v8-format-unknown``, or ``v8-cache``: it does not follow the layout above.
    """
    if not cache:
        raise _broken(why="it is empty, as V8's caches of asm.js are (--validate-asm)")
    if len(cache) < _HEADER_OF_11.size or len(cache) % WORD:
        raise _broken(why="it is cut off")
    magic, version_hash, source_hash, flag_hash, *rest = _HEADER_OF_11.unpack_from(cache)
    size, checksum, zero = _HEADER_OF_11.size, 0, 0
    if token_table(magic).checksum:
        if len(cache) < _HEADER.size:
            raise _broken(why="it is cut off")
        *_, checksum, length, payload_checksum, zero = _HEADER.unpack_from(cache)
        size = _HEADER.size
    else:
        length, payload_checksum = rest
    if length != len(cache) - size or payload_checksum or zero:
        raise _broken(why="its header contradicts what follows")
    return CacheHeader(magic, version_hash, source_hash, flag_hash, checksum, length, size)


def source_length(cache: bytes) -> int:
    """Return the length, in UTF-16 units, that a source must have for V8 to accept the cache."""
    return int.from_bytes(cache[8:12], "little") & SOURCE_LENGTH

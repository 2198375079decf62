"""Compress what the payload holds: the contents of files, and code caches.

A *codec* is the number of an algorithm in the payload (docs/payload-format.md).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from typing import BinaryIO

from msgspec import Struct

from sealift.options import Compression

SMALLEST = 1024
"""Contents of fewer bytes are stored unchanged: decompressing takes longer than reading them."""

LARGEST = 1 << 30
"""Contents of more bytes are stored unchanged: the runtime decompresses in memory."""

# Chosen by measurement: zstd 9 compresses 80 MB/s of JavaScript to a seventh; higher levels take
# many times as long and save a twentieth of that.
_ZLIB_LEVEL = 6
_BROTLI_QUALITY = 9
_ZSTD_LEVEL = 9


class Codec(IntEnum):
    """How stored bytes are compressed; the numbers are in the payload."""

    STORED = 0
    ZLIB = 1
    BROTLI = 2
    ZSTD = 3


_CODECS = {
    Compression.NONE: Codec.STORED,
    Compression.GZIP: Codec.ZLIB,
    Compression.BROTLI: Codec.BROTLI,
    Compression.ZSTD: Codec.ZSTD,
}


class StoredBytes(Struct, frozen=True):
    """What `store` has written: ``size`` bytes, whose CRC-32 is ``crc32``."""

    codec: Codec
    size: int
    crc32: int


def may_be_compressed(size: int, compression: Compression) -> bool:
    """Return True unless contents of this size are stored unchanged."""
    return compression != Compression.NONE and SMALLEST <= size <= LARGEST


def store(
    read: Callable[[], Iterable[bytes]], size: int, compression: Compression, out: BinaryIO
) -> StoredBytes:
    """Write one content at the end of a file.

    It is compressed only if that saves an eighth: less is not worth the time to decompress it.

    Args:
        read: returns the content from its beginning; called once more if it is not compressed.
        size: its length in bytes.
        compression: the algorithm.
        out: file to write to, at its end.
    """
    if not may_be_compressed(size, compression):
        return _write(read(), Codec.STORED, out)
    start = out.tell()
    stored = _write(_compressed(read(), size, compression), _CODECS[compression], out)
    if stored.size <= size - size // 8:
        return stored
    out.seek(start)
    out.truncate()
    return _write(read(), Codec.STORED, out)


def _write(chunks: Iterable[bytes], codec: Codec, out: BinaryIO) -> StoredBytes:
    size, crc32 = 0, 0
    for chunk in chunks:
        crc32 = zlib.crc32(chunk, crc32)
        size += len(chunk)
        out.write(chunk)
    return StoredBytes(codec, size, crc32)


def _compressed(chunks: Iterable[bytes], size: int, compression: Compression) -> Iterator[bytes]:
    add, finish = _compressor(compression, size)
    for chunk in chunks:
        yield add(chunk)
    yield finish()


def _compressor(
    compression: Compression, size: int
) -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    """Return what compresses the next bytes, and what ends the compressed content."""
    if compression == Compression.GZIP:
        by_zlib = zlib.compressobj(_ZLIB_LEVEL)
        return by_zlib.compress, by_zlib.flush
    # Imported here: most builds do not compress.
    if compression == Compression.BROTLI:
        import brotli

        by_brotli = brotli.Compressor(quality=_BROTLI_QUALITY)
        return by_brotli.process, by_brotli.finish
    import zstandard

    by_zstd = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj(size=size)
    return by_zstd.compress, by_zstd.flush

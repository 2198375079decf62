"""Compress what the payload holds: the contents of files, and code caches.

A *codec* is the number of an algorithm in the payload (docs/payload-format.md).
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from enum import IntEnum
from typing import BinaryIO

from msgspec import Struct

from sealift.host import cores
from sealift.options import Compression

SMALLEST = 1024
"""Contents of fewer bytes are stored unchanged: decompressing takes longer than reading them."""

LARGEST = 1 << 30
"""Contents of more bytes are stored unchanged: the runtime decompresses in memory."""

_AHEAD = 1 << 26
"""Bytes of contents that are compressed before the content that is written next."""

# Chosen by measurement: zstd 6 compresses 100 MB/s of JavaScript to a sixth; level 9 takes 1.7
# times as long, and higher ones many times, to save a twentieth of that.
_ZLIB_LEVEL = 6
_BROTLI_QUALITY = 9
_ZSTD_LEVEL = 6


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


class Content(Struct, frozen=True):
    """What is to be stored.

    Attributes:
        read: returns the content from its beginning, at each call.
        size: its length in bytes.
        compression: the algorithm.
    """

    read: Callable[[], Iterable[bytes]]
    size: int
    compression: Compression

    @property
    def may_be_compressed(self) -> bool:
        """False for what is stored unchanged, whatever it is."""
        return may_be_compressed(self.size, self.compression)


def compress_all(contents: Iterable[Content]) -> Generator[bytes | None]:
    """Yield each content compressed; None for `store` to find out.

    Threads compress the next contents while the caller works; they call ``read``. None stands for
    what is stored unchanged, and for what is too large to be held in memory beside others.

    Raises:
        Exception: what ``read`` raised, for the content that it belongs to.
    """
    waiting: deque[tuple[Future[bytes | None] | None, int]] = deque()
    ahead = 0
    pool = ThreadPoolExecutor(cores(), "compress")
    try:
        for content in contents:
            size = content.size if content.may_be_compressed and content.size <= _AHEAD else 0
            while waiting and ahead + size > _AHEAD:
                future, taken = waiting.popleft()
                ahead -= taken
                yield None if future is None else future.result()
            if not size and not waiting:
                yield None
                continue
            waiting.append((pool.submit(_compress, content) if size else None, size))
            ahead += size
        while waiting:
            future, _ = waiting.popleft()
            yield None if future is None else future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def store(content: Content, compressed: bytes | None, out: BinaryIO) -> StoredBytes:
    """Write one content at the end of a file.

    It is compressed only if that saves an eighth: less is not worth the time to decompress it.

    Args:
        content: what to write.
        compressed: the same, from `compress_all`.
        out: file to write to, at its end.
    """
    codec = _CODECS[content.compression]
    if compressed is not None:
        return _write((compressed,), codec, out)
    if content.may_be_compressed and content.size > _AHEAD:
        start = out.tell()
        stored = _write(_compressed(content), codec, out)
        if _is_worthwhile(stored.size, content):
            return stored
        out.seek(start)
        out.truncate()
    return _write(content.read(), Codec.STORED, out)


def _compress(content: Content) -> bytes | None:
    compressed = b"".join(_compressed(content))
    return compressed if _is_worthwhile(len(compressed), content) else None


def _is_worthwhile(size: int, content: Content) -> bool:
    return size <= content.size - content.size // 8


def _write(chunks: Iterable[bytes], codec: Codec, out: BinaryIO) -> StoredBytes:
    size, crc32 = 0, 0
    for chunk in chunks:
        crc32 = zlib.crc32(chunk, crc32)
        size += len(chunk)
        out.write(chunk)
    return StoredBytes(codec, size, crc32)


def _compressed(content: Content) -> Iterator[bytes]:
    add, finish = _compressor(content.compression, content.size)
    for chunk in content.read():
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

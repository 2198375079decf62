"""Read stored bytes of files and code caches back; docs/payload-format.md has the codecs.

Shares no code with the writer, so that a mistake in either shows.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

MAX_CODEC = 3
LARGEST_COMPRESSED = 1 << 30
"""Bytes that a compressed content has at most; a few bytes could otherwise become any number."""

_CHUNK = 1 << 20
_MAX_WINDOW = 1 << 27
_STORED, _ZLIB, _BROTLI, _ZSTD = 0, 1, 2, 3


def has_right_length(codec: int, stored_size: int, size: int) -> bool:
    """Return True unless two lengths contradict a codec."""
    return stored_size < size <= LARGEST_COMPRESSED if codec else stored_size == size


class DamagedContentError(Exception):
    """Stored bytes do not have their checksum, or are not of their codec."""


def read_content(
    file: BinaryIO, offset: int, stored_size: int, codec: int, size: int, crc32: int
) -> Iterator[bytes]:
    """Yield one content in bounded pieces; memory is bounded, whatever the bytes are.

    Args:
        file: the executable.
        offset, stored_size: place of the stored bytes in it.
        codec: how they are compressed.
        size: length of the content, in bytes.
        crc32: of the stored bytes.

    Raises:
        DamagedContentError: instead of the last piece, or of all.
    """
    found = 0
    for chunk in _chunks(file, offset, stored_size):
        found = zlib.crc32(chunk, found)
    if found != crc32:
        raise DamagedContentError
    length = 0
    for content in _contents(_chunks(file, offset, stored_size), codec):
        length += len(content)
        if length > size:
            raise DamagedContentError
        yield content
    if length != size:
        raise DamagedContentError


def _contents(chunks: Iterator[bytes], codec: int) -> Iterator[bytes]:
    """Yield a content in bounded pieces."""
    readers: dict[int, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
        _STORED: iter,
        _ZLIB: _from_zlib,
        _BROTLI: _from_brotli,
        _ZSTD: _from_zstd,
    }
    return readers[codec](chunks)


def _chunks(file: BinaryIO, offset: int, size: int) -> Iterator[bytes]:
    end = offset + size
    while offset < end:
        file.seek(offset)  # the receiver of a piece may read elsewhere
        data = file.read(min(end - offset, _CHUNK))
        if not data:
            raise DamagedContentError
        offset += len(data)
        yield data


def _from_zlib(chunks: Iterator[bytes]) -> Iterator[bytes]:
    stream = zlib.decompressobj()
    try:
        for chunk in chunks:
            data = chunk
            while True:
                content = stream.decompress(data, _CHUNK)
                yield content
                data = stream.unconsumed_tail
                if not data and len(content) < _CHUNK:
                    break
    except zlib.error as error:
        raise DamagedContentError from error
    if not stream.eof or stream.unused_data:
        raise DamagedContentError


def _from_brotli(chunks: Iterator[bytes]) -> Iterator[bytes]:
    import brotli

    stream = brotli.Decompressor()
    try:
        for chunk in chunks:
            yield stream.process(chunk, output_buffer_limit=_CHUNK)
            while not stream.can_accept_more_data():
                yield stream.process(b"", output_buffer_limit=_CHUNK)
    except brotli.error as error:
        raise DamagedContentError from error
    if not stream.is_finished():
        raise DamagedContentError


def _from_zstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    import zstandard

    # A content is no larger than LARGEST (compression.py) and shrinks, so it fits in memory.
    stream = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW).stream_reader(
        io.BytesIO(b"".join(chunks)), read_size=_CHUNK
    )
    try:
        while content := stream.read(_CHUNK):
            yield content
    except zstandard.ZstdError as error:
        raise DamagedContentError from error

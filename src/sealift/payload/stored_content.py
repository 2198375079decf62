"""Read stored bytes of files and code caches back; docs/payload-format.md has the codecs.

Shares no code with the writer, so that a mistake in either shows.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO

MAX_CODEC = 3

_CHUNK = 1 << 20
_MAX_WINDOW = 1 << 27
_ZLIB, _BROTLI = 1, 2


def has_right_length(codec: int, stored_size: int, size: int) -> bool:
    """Return True unless two lengths contradict a codec."""
    return stored_size < size if codec else stored_size == size


def decompresses_to(file: BinaryIO, offset: int, stored_size: int, codec: int, size: int) -> bool:
    """Return True if stored bytes are one compressed content of a certain length.

    Memory is bounded, whatever the bytes are.

    Args:
        file: the executable.
        offset, stored_size: place of the stored bytes in it.
        codec: how they are compressed; not 0.
        size: length of the content, in bytes.
    """
    file.seek(offset)
    length = 0
    try:
        for content in _contents(file, stored_size, codec):
            length += len(content)
            if length > size:
                return False
    except _DamagedError:
        return False
    return length == size


class _DamagedError(Exception):
    """Stored bytes are not of the codec."""


def _contents(file: BinaryIO, stored_size: int, codec: int) -> Iterator[bytes]:
    """Yield a content in bounded pieces."""
    if codec == _ZLIB:
        return _from_zlib(_chunks(file, stored_size))
    if codec == _BROTLI:
        return _from_brotli(_chunks(file, stored_size))
    return _from_zstd(_chunks(file, stored_size))


def _chunks(file: BinaryIO, rest: int) -> Iterator[bytes]:
    while rest and (data := file.read(min(rest, _CHUNK))):
        rest -= len(data)
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
        raise _DamagedError from error
    if not stream.eof or stream.unused_data:
        raise _DamagedError


def _from_brotli(chunks: Iterator[bytes]) -> Iterator[bytes]:
    import brotli

    stream = brotli.Decompressor()
    try:
        for chunk in chunks:
            yield stream.process(chunk, output_buffer_limit=_CHUNK)
            while not stream.can_accept_more_data():
                yield stream.process(b"", output_buffer_limit=_CHUNK)
    except brotli.error as error:
        raise _DamagedError from error
    if not stream.is_finished():
        raise _DamagedError


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
        raise _DamagedError from error

"""Check a compact file and unpack the executable in it, with nothing of what writes it.

The layout is in `sealift.compact.layout`, the filters in `sealift.verify.compact_filters`.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from sealift.verify.compact_filters import UNDO
from sealift.verify.comparing import must_equal, read_exactly, wrong

_TRAILER = 328
_FRONT = 256 << 10  # bytes that begin with the front, which has the magic too
_MAGIC = b"SEALIFT-COMPACT\x02"
_LARGEST = 1 << 32
_LARGEST_FILTERED = 1 << 30
_STEP = 1 << 20  # bytes to read, and to decompress, at a time


class CompactTrailer(Struct, frozen=True):
    """What the end of a compact file says.

    Attributes:
        sha256: of the executable, in hex.
        size: of the executable in bytes.
        frames: offset, stored bytes, bytes, filter, CRC-32 of the stored bytes, of each.
    """

    sha256: str
    size: int
    frames: tuple[tuple[int, int, int, int, int], ...]


def read_compact(file: BinaryIO) -> CompactTrailer | None:
    """Return what a file's trailer says, or None if it is no compact file.

    Raises:
        FormatError: ``verification-failed``: the trailer is damaged.
    """
    begin = file.seek(0, 2) - _TRAILER
    if begin < 0:
        return None
    data = read_exactly(file, begin, _TRAILER)
    if not data.startswith(_MAGIC):
        if _MAGIC in read_exactly(file, 0, min(begin, _FRONT)):
            raise wrong("it is a compact file without its end")
        return None
    if zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
        raise wrong("the checksum of its trailer is wrong")
    digest, size, count = struct.unpack_from("<32sQQ", data, 16)
    rows = tuple(struct.iter_unpack("<3Q2I", data[64:320]))
    if not 1 <= count <= len(rows) or any(data[64 + 32 * count : 324]):
        raise wrong("its trailer does not have 1 to 8 frames")
    frames = rows[:count]
    for one, following in pairwise([*frames, (begin, 0, 0, 0, 0)]):
        if one[0] + one[1] != following[0]:
            raise wrong("its frames are not one behind another")
    if sum(frame[2] for frame in frames) != size or size > _LARGEST:
        raise wrong("its frames do not have the size of the executable")
    return CompactTrailer(digest.hex(), size, frames)


def unpack_compact(file: BinaryIO, found: CompactTrailer, out: BinaryIO) -> None:
    """Write the executable in a compact file to another file, and compare its digest.

    Raises:
        FormatError: ``verification-failed``.
        OSError: the other file cannot be written.
    """
    digest = hashlib.sha256()
    for frame in found.frames:
        for chunk in _content(file, *frame):
            digest.update(chunk)
            out.write(chunk)
    if digest.hexdigest() != found.sha256:
        raise wrong("the executable in it has another digest")


def verify_compact(path: Path, front: Path, sha256: str, size: int) -> str:
    """Check a compact file that was just written, and return its SHA-256.

    Args:
        path: of the compact file.
        front: the program that it begins with.
        sha256: of the executable in it, in hex.
        size: of the executable.

    Raises:
        FormatError: ``verification-failed``.
        OSError: a file cannot be read.
    """
    with path.open("rb") as file, front.open("rb") as program, Path("/dev/null").open("wb") as sink:
        found = read_compact(file)
        if found is None or (found.sha256, found.size) != (sha256, size):
            raise wrong("its trailer does not describe the executable")
        if found.frames[0][0] != front.stat().st_size:
            raise wrong("its first frame is not behind the front")
        must_equal(file, 0, program, 0, front.stat().st_size, "the front")
        unpack_compact(file, found, sink)
        file.seek(0)
        return hashlib.file_digest(file, "sha256").hexdigest()


def _content(
    file: BinaryIO, offset: int, stored: int, size: int, kind: int, checksum: int
) -> Iterator[bytes]:
    """Yield the bytes that a frame becomes."""
    if kind and kind not in UNDO:
        raise wrong("a frame has an unknown filter")
    chunks = _decompressed(file, offset, stored, size, checksum)
    if kind == 0:
        yield from chunks
        return
    if size > _LARGEST_FILTERED:
        raise wrong("a frame with a filter has more than 1 GiB")
    yield UNDO[kind](b"".join(chunks))


def _decompressed(
    file: BinaryIO, offset: int, stored: int, size: int, checksum: int
) -> Iterator[bytes]:
    import brotli

    decompressor = brotli.Decompressor()
    total = actual = 0
    try:
        for start in range(offset, offset + stored, _STEP):
            data = read_exactly(file, start, min(_STEP, offset + stored - start))
            actual = zlib.crc32(data, actual)
            if decompressor.is_finished():
                raise wrong("a frame ends before its bytes do")
            while not decompressor.is_finished():
                content = decompressor.process(data, output_buffer_limit=_STEP)
                data = b""
                total += len(content)
                if total > size:
                    raise wrong("a frame becomes more than the trailer says")
                yield content
                if not content and decompressor.can_accept_more_data():
                    break
    except brotli.error as error:
        raise wrong("a frame is damaged") from error
    if actual != checksum:
        raise wrong("the checksum of a frame is wrong")
    if total != size or not decompressor.is_finished():
        raise wrong("a frame does not have the size that the trailer says")

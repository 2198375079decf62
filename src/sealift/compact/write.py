"""Write a compact file: the front, the compressed executable, the trailer."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from sealift.cache import evict, places, read_sealed, touch, write_sealed
from sealift.compact import messages
from sealift.compact.filters import Filter, filtered
from sealift.compact.layout import MACHINES, Frame, trailer
from sealift.formats.elf.headers import find_blob, read_elf
from sealift.host import cores
from sealift.model import Observer
from sealift.target_build import Front

if TYPE_CHECKING:
    import zstandard

LEVEL = 19
LARGEST = 1 << 32
"""Bytes of an executable; the front unpacks no more."""

_WINDOW = 27  # binary logarithm; Node has less than 128 MiB
_CHUNK = 1 << 20
_EXECUTE = 1
_KIND = b"part"
_FORM = 2  # of cached parts: increase it when the same bytes are compressed otherwise


class _Part(Struct, frozen=True):
    """Bytes of an executable that become a frame.

    Attributes:
        is_node: they are the same in all executables with this Node, so the frame is cached.
    """

    start: int
    end: int
    filter: Filter
    is_node: bool


def write_compact(
    out: BinaryIO,
    executable: Path,
    sha256: str,
    front: Front,
    observer: Observer,
    level: int = LEVEL,
) -> None:
    """Write the compact file of an executable.

    Node's parts are in memory while they are compressed, which takes minutes of processor time and
    0.4 GB for each Node binary, once: the frames are cached.

    Args:
        out: an empty file.
        executable: an ELF file with a blob.
        sha256: its digest, in hex.
        front: for its architecture.
        observer: notified of the bytes that are compressed, by several threads at once.
        level: of zstd.

    Raises:
        OSError: a file cannot be read or written.
        OutputError: ``compact-too-large``.
    """
    size = executable.stat().st_size
    if size > LARGEST:
        raise messages.EXECUTABLE_TOO_LARGE.error(
            output=executable.name, size=size // 1000_000, most=LARGEST // 1000_000
        )
    out.write(front.path.read_bytes())
    frames = []
    with executable.open("rb") as file, ThreadPoolExecutor(cores()) as pool:
        parts = list(_parts(file, size, MACHINES[front.arch]))
        made = [
            pool.submit(_node_frame, executable, part, front.parts, level, observer)
            if part.is_node
            else None
            for part in parts
        ]
        for part, future in zip(parts, made, strict=True):
            offset = out.tell()
            if future is not None:
                out.write(future.result())
            else:
                file.seek(part.start)
                _compress(file, part.end - part.start, out, level, observer)
            stored = out.tell() - offset
            frames.append(Frame(offset, stored, part.end - part.start, part.filter))
    out.write(trailer(sha256, frames))
    out.flush()
    evict(front.parts, places.COMPRESSED.suffixes)


def _parts(file: BinaryIO, size: int, of_code: Filter) -> Iterator[_Part]:
    """Yield the parts: machine code, what is before and behind it, and what the project adds."""
    elf = read_elf(file)
    blob = find_blob(elf)
    assert blob is not None, "the executable was verified"
    loads = elf.loads
    code = max((load for load in loads if load.flags & _EXECUTE), key=lambda load: load.filesz)
    added = max(load.offset for load in loads if load.offset <= blob[0])
    cuts = sorted({0, code.offset, code.offset + code.filesz, added, size})
    for start, end in pairwise(cuts):
        is_code = start == code.offset
        yield _Part(start, end, of_code if is_code else Filter.NONE, start < added)


def _node_frame(
    executable: Path, part: _Part, cache: Path, level: int, observer: Observer
) -> bytes:
    from zstandard import ZSTD_VERSION

    with executable.open("rb") as file:
        file.seek(part.start)
        content = file.read(part.end - part.start)
    digest = hashlib.sha256(content).hexdigest()
    name = f"{digest}-{part.filter}-{level}-{'.'.join(map(str, ZSTD_VERSION))}.part"
    path = cache / name
    try:
        frame = read_sealed(path, cache, _KIND, _FORM)
        touch(path)
    except (OSError, ValueError):
        content = filtered(content, part.filter)
        packed = BytesIO()
        _compress(BytesIO(content), len(content), packed, level, observer)
        frame = packed.getvalue()
        with contextlib.suppress(OSError):
            write_sealed(path, _KIND, _FORM, frame)
    else:
        observer.advance(len(content))
    return frame


def _compress(source: BinaryIO, size: int, out: BinaryIO, level: int, observer: Observer) -> None:
    """Write the next ``size`` bytes of ``source`` as one frame."""
    with _compressor(size, level).stream_writer(out, size=size, closefd=False) as writer:
        while size:
            chunk = source.read(min(size, _CHUNK))
            if not chunk:
                raise OSError("the executable is shorter than it was")
            writer.write(chunk)
            size -= len(chunk)
            observer.advance(len(chunk))


def _compressor(size: int, level: int) -> zstandard.ZstdCompressor:
    import zstandard

    parameters = zstandard.ZstdCompressionParameters.from_level(
        level, window_log=_WINDOW, source_size=size, write_content_size=True, write_checksum=True
    )
    return zstandard.ZstdCompressor(compression_params=parameters)

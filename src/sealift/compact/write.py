"""Write a compact file: the front, the compressed executable, the trailer."""

from __future__ import annotations

import contextlib
import hashlib
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from sealift.cache import evict, places, read_sealed, touch, write_sealed
from sealift.compact import messages
from sealift.compact.filters import Filter, filtered
from sealift.compact.layout import MACHINES, Frame, trailer
from sealift.compact.unwind_tables import end_of_tables
from sealift.formats.elf.headers import PT_GNU_EH_FRAME, find_blob, read_elf
from sealift.host import cores
from sealift.model import Observer
from sealift.record import replace
from sealift.target_build import Front

QUALITY = 11
LARGEST = 1 << 32
"""Bytes of an executable; the front unpacks no more."""

_WINDOW = 24  # binary logarithm: the largest that all decoders of Brotli accept
# What the project adds is compressed by each build: 1.5 MB a second of processor time, and 12.
_PROJECT, _LARGE_PROJECT, _LARGE = 10, 9, 32 << 20
_CHUNK = 1 << 20
_EXECUTE = 1
_KIND = b"part"
_FORM = 3  # of cached parts: increase it when the same bytes are compressed otherwise


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
    quality: int = QUALITY,
) -> None:
    """Write the compact file of an executable.

    Node's parts are in memory while they are compressed, which takes minutes of processor time and
    0.6 GB for each Node binary, once: the frames are cached.

    Args:
        out: an empty file.
        executable: an ELF file with a blob.
        sha256: its digest, in hex.
        front: for its architecture.
        observer: notified of the bytes that are compressed, by several threads at once.
        quality: of Brotli, for the parts of Node; of the project's at most.

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
            pool.submit(_node_frame, executable, part, front.parts, quality, observer)
            if part.is_node
            else None
            for part in parts
        ]
        for part, future in zip(parts, made, strict=True):
            offset, checksum, kind = out.tell(), 0, part.filter
            if future is None:
                chunks = _project_frame(file, part, quality, observer)
            else:
                frame, kind = future.result()
                chunks = iter([frame])
            for chunk in chunks:
                out.write(chunk)
                checksum = zlib.crc32(chunk, checksum)
            stored, size = out.tell() - offset, part.end - part.start
            frames.append(Frame(offset, stored, size, kind, checksum))
    out.write(trailer(sha256, frames))
    out.flush()
    evict(front.parts, places.COMPRESSED.suffixes)


def _parts(file: BinaryIO, size: int, of_code: Filter) -> Iterator[_Part]:
    """Yield machine code, unwind tables, what is around them, and what the project adds."""
    elf = read_elf(file)
    blob = find_blob(elf)
    assert blob is not None, "the executable was verified"
    loads = elf.loads
    code = max((load for load in loads if load.flags & _EXECUTE), key=lambda load: load.filesz)
    added = max(load.offset for load in loads if load.offset <= blob[0])
    filters = {code.offset: of_code}
    cuts = {0, code.offset, code.offset + code.filesz, added, size}
    for segment in elf.segments:
        if segment.type == PT_GNU_EH_FRAME and code.offset + code.filesz <= segment.offset < added:
            file.seek(segment.offset)
            if length := end_of_tables(file.read(added - segment.offset)):
                filters[segment.offset] = Filter.UNWIND
                cuts |= {segment.offset, segment.offset + length}
    for start, end in pairwise(sorted(cuts)):
        yield _Part(start, end, filters.get(start, Filter.NONE), start < added)


def _node_frame(
    executable: Path, part: _Part, cache: Path, quality: int, observer: Observer
) -> tuple[bytes, Filter]:
    """Return a frame, and its filter, which is none if that of the part could not be undone."""
    import brotli  # most builds compress nothing

    with executable.open("rb") as file:
        file.seek(part.start)
        content = file.read(part.end - part.start)
    digest = hashlib.sha256(content).hexdigest()
    path = cache / f"{digest}-{part.filter}-{quality}-{brotli.__version__}.part"
    try:
        frame = read_sealed(path, cache, _KIND, _FORM)
        touch(path)
    except (OSError, ValueError):
        changed = filtered(content, part.filter)
        if changed is None:
            return _node_frame(
                executable, replace(part, filter=Filter.NONE), cache, quality, observer
            )
        frame = b"".join(_compressed(BytesIO(changed), len(changed), quality, observer))
        with contextlib.suppress(OSError):
            write_sealed(path, _KIND, _FORM, frame)
    else:
        observer.advance(len(content))
    return frame, part.filter


def _project_frame(
    file: BinaryIO, part: _Part, quality: int, observer: Observer
) -> Iterator[bytes]:
    size = part.end - part.start
    file.seek(part.start)
    most = _LARGE_PROJECT if size > _LARGE else _PROJECT
    return _compressed(file, size, min(quality, most), observer)


def _compressed(source: BinaryIO, size: int, quality: int, observer: Observer) -> Iterator[bytes]:
    """Yield the next ``size`` bytes of ``source`` as one frame."""
    import brotli

    compressor = brotli.Compressor(quality=quality, lgwin=_WINDOW)
    while size:
        chunk = source.read(min(size, _CHUNK))
        if not chunk:
            raise OSError("the executable is shorter than it was")
        yield compressor.process(chunk)
        size -= len(chunk)
        observer.advance(len(chunk))
    yield compressor.finish()

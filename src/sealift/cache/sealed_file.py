"""The form of a cached file that is checked as a whole each time it is read.

A sealed file: four letters that name its kind, u32 format, SHA-256 of what follows; then that.
"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

from sealift.cache.files import write_chunks
from sealift.cache.trust import read_trusted

_HEAD = struct.Struct("<4sI32s")


def read_sealed(path: Path, top: Path, kind: bytes, form: int) -> bytes:
    """Return what a file seals.

    Args:
        path: of the file.
        top: directory above it, up to which `read_trusted` checks the directories.
        kind: four letters.
        form: number of the format.

    Raises:
        OSError: as `read_trusted`.
        ValueError: it is damaged, or of another kind or format.
    """
    data = read_trusted(path, top)
    body = data[_HEAD.size :]
    if data[: _HEAD.size] != _head(kind, form, body):
        raise ValueError("not a file of this kind and format")
    return body


def write_sealed(path: Path, kind: bytes, form: int, body: bytes) -> None:
    """Write a file that `read_sealed` reads, complete or not at all.

    Raises:
        OSError: it cannot be written.
    """
    write_chunks(path, (_head(kind, form, body), body))


def _head(kind: bytes, form: int, body: bytes) -> bytes:
    return _HEAD.pack(kind, form, hashlib.sha256(body).digest())

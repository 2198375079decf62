"""Files that are kept: whole or not at all, and known again when they are read.

A sealed file: four letters that name its kind, u32 format, SHA-256 of what follows; then that.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import struct
from pathlib import Path

_HEAD = struct.Struct("<4sI32s")


def seal(kind: bytes, form: int, body: bytes) -> bytes:
    """Put in front of ``body`` what `unseal` checks."""
    return _head(kind, form, body) + body


def unseal(kind: bytes, form: int, data: bytes) -> bytes:
    """Give what was sealed; ValueError if it is damaged, or of another kind or format."""
    body = data[_HEAD.size :]
    if data[: _HEAD.size] != _head(kind, form, body):
        raise ValueError("not a file of this kind and format")
    return body


def _head(kind: bytes, form: int, body: bytes) -> bytes:
    return _HEAD.pack(kind, form, hashlib.sha256(body).digest())


def write(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all; its directory is made if it is missing.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()

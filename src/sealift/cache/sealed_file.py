"""The form of a cached file that is checked as a whole each time it is read.

A sealed file: four letters that name its kind, u32 format, SHA-256 of what follows; then that.
"""

from __future__ import annotations

import hashlib
import struct

_HEAD = struct.Struct("<4sI32s")


def seal(kind: bytes, form: int, body: bytes) -> bytes:
    """Return ``body`` behind the header that `unseal` checks."""
    return _head(kind, form, body) + body


def unseal(kind: bytes, form: int, data: bytes) -> bytes:
    """Return what was sealed; raise ValueError if it is damaged, or of another kind or format."""
    body = data[_HEAD.size :]
    if data[: _HEAD.size] != _head(kind, form, body):
        raise ValueError("not a file of this kind and format")
    return body


def _head(kind: bytes, form: int, body: bytes) -> bytes:
    return _HEAD.pack(kind, form, hashlib.sha256(body).digest())

"""Values as MessagePack, for the keys and the contents of cached files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec


def packed(value: object) -> bytes:
    """Return a value as MessagePack; a path is its text. Raise TypeError if it has no form."""
    return msgspec.msgpack.encode(value, enc_hook=_text_of)


def value_digest(value: object) -> str:
    """Return the hex SHA-256 of a value; raise TypeError if MessagePack has no form for it."""
    return hashlib.sha256(packed(value)).hexdigest()


def _text_of(value: object) -> str:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value)} has no form in MessagePack")

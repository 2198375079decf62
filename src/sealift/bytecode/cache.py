"""Code caches and their outlines, kept in a directory from build to build.

Layout, below the directory::

    <node>-<compiler>/          digests of the compiling Node, and of the scripts it runs
        about.json              {"flags": [...]}: the V8 flags that were set
        <xx>/<key>.unit         one source's; xx are the first two digits of its key

The key is the digest of the kind of source and of the source: caches do not depend on names.
A unit is ``SLCU``, u32 length of the outline, SHA-256 of what follows; then the outline
(`sealift.bytecode.outlines`), then the cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sealift.bytecode.outlines import pack_outline, unpack_outline
from sealift.errors import FormatError
from sealift.formats.v8_cache import CacheOutline

_HEAD = struct.Struct("<4sI32s")
_MAGIC = b"SLCU"


@dataclass(frozen=True, slots=True)
class Unit:
    """One source's code cache as it was compiled, and its outline."""

    cache: bytes
    outline: CacheOutline


def unit_key(kind: int, source: bytes) -> str:
    """Name the unit of a source."""
    return hashlib.sha256(bytes([kind]) + source).hexdigest()


class Units:
    """The units that one Node compiles with one compiler script."""

    def __init__(self, directories: Sequence[Path], node_sha256: str, compiler: bytes) -> None:
        """Name the directories to use; they are made where they are missing.

        Args:
            directories: the first of them that can be written is.
            node_sha256: hex digest of the Node that compiles.
            compiler: all else that decides what is compiled from a source.
        """
        digest = hashlib.sha256(compiler).hexdigest()
        self._directories = [
            directory / f"{node_sha256[:32]}-{digest[:16]}" for directory in directories
        ]

    def flags(self) -> tuple[str, ...] | None:
        """Give the flags that were set when units were compiled; None if there are none."""
        for directory in self._directories:
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                about = json.loads((directory / "about.json").read_bytes())
                return tuple(str(flag) for flag in about["flags"])
        return None

    def store_flags(self, flags: tuple[str, ...]) -> None:
        """Keep the flags.

        Raises:
            OSError: no directory can be written.
        """
        self._store("about.json", json.dumps({"flags": flags}).encode())

    def load(self, key: str) -> Unit | None:
        """Give a unit; None if it is not there or damaged."""
        for directory in self._directories:
            with contextlib.suppress(OSError, struct.error, FormatError):
                return _unpack((directory / _name(key)).read_bytes())
        return None

    def store(self, key: str, unit: Unit) -> None:
        """Keep a unit, whole or not at all.

        Raises:
            OSError: no directory can be written.
        """
        outline = pack_outline(unit.outline)
        body = outline + unit.cache
        head = _HEAD.pack(_MAGIC, len(outline), hashlib.sha256(body).digest())
        self._store(_name(key), head + body)

    def _store(self, name: str, data: bytes) -> None:
        *first, last = self._directories
        for directory in first:
            with contextlib.suppress(OSError):
                _write(directory / name, data)
                return
        _write(last / name, data)


def _name(key: str) -> str:
    return f"{key[:2]}/{key}.unit"


def _unpack(data: bytes) -> Unit:
    """Read a unit; FormatError or struct.error if it is damaged."""
    _, length, digest = _HEAD.unpack_from(data)
    body = data[_HEAD.size :]
    if data[:4] != _MAGIC or hashlib.sha256(body).digest() != digest:
        raise FormatError("unit-broken", "A stored code cache is damaged.", "Build again.")
    return Unit(body[length:], unpack_outline(body[:length]))


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()

"""Code caches and their outlines, kept in a directory from build to build.

Layout, below the directory::

    <node>-<compiler>/          digests of the compiling Node, and of the scripts it runs
        <xx>/<key>.unit         one source's; xx are the first two digits of its key

The key is the digest of the kind of source, of the path if the cache holds it, and of the source.
A unit is ``SLCU``, the u32 lengths of the outline, the lines and the names, SHA-256 of what
follows; then the outline (`sealift.bytecode.reference_files`), the lines, the names and the cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sealift.bytecode.compiler_process import Compiled
from sealift.bytecode.reference_files import pack_references, unpack_references
from sealift.cache import touch, write_file
from sealift.errors import FormatError
from sealift.formats.v8.code_cache import CacheReferences

_HEAD = struct.Struct("<4s3I32s")
_MAGIC = b"SLCU"


@dataclass(frozen=True, slots=True)
class Unit:
    """One source's code cache, settled, and what belongs to it."""

    compiled: Compiled
    references: CacheReferences


def unit_key(kind: int, source: bytes, path: str = "") -> str:
    """Name the unit of a source; ``path`` is "" with a Node whose caches do not hold it."""
    told = path.encode(errors="replace") + b"\0" if path else b""
    return hashlib.sha256(bytes([kind]) + told + source).hexdigest()


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

    def load(self, key: str) -> Unit | None:
        """Give a unit; None if it is not there or damaged."""
        for directory in self._directories:
            with contextlib.suppress(OSError, struct.error, FormatError):
                path = directory / _name(key)
                unit = _unpack(path.read_bytes())
                touch(path)
                return unit
        return None

    def store(self, key: str, unit: Unit) -> None:
        """Keep a unit, whole or not at all.

        Raises:
            OSError: no directory can be written.
        """
        data = _pack(unit)
        *first, last = self._directories
        for directory in first:
            with contextlib.suppress(OSError):
                write_file(directory / _name(key), data)
                return
        write_file(last / _name(key), data)


def _name(key: str) -> str:
    return f"{key[:2]}/{key}.unit"


def _pack(unit: Unit) -> bytes:
    references, compiled = pack_references(unit.references), unit.compiled
    body = b"".join((references, compiled.lines, compiled.names, compiled.cache))
    digest = hashlib.sha256(body).digest()
    lengths = len(references), len(compiled.lines), len(compiled.names)
    return _HEAD.pack(_MAGIC, *lengths, digest) + body


def _unpack(data: bytes) -> Unit:
    """Read a unit; FormatError or struct.error if it is damaged."""
    magic, references, lines, names, digest = _HEAD.unpack_from(data)
    body = data[_HEAD.size :]
    if magic != _MAGIC or hashlib.sha256(body).digest() != digest:
        raise FormatError("unit-broken", "A stored code cache is damaged.", "Build again.")
    lines += references
    names += lines
    compiled = Compiled(body[names:], body[references:lines], body[lines:names])
    return Unit(compiled, unpack_references(body[:references]))

"""Compiled scripts, kept in a directory from build to build.

Layout, below the directory::

    <node>-<compiler>/          digests of the Node that compiles, and of the scripts it runs
        <xx>/<key>.unit         one script (`CompiledScript`); xx: first two digits of its key

The key is the digest of the kind of script, of its path if the code cache contains it, of the code
cache that a start has recorded, and of its source. The files are those of
`sealift.bytecode.cache_files`.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from sealift.bytecode.cache_files import CacheFiles
from sealift.bytecode.compiler_process import Compiled
from sealift.formats.v8.code_cache import CacheReferences

FORMAT = 6
"""Raised when the layout changes, or what is checked in a code cache, or how it is changed."""

_HELD = 8 << 20
"""Bytes of code caches that stay in memory, as each target needs them again."""


class CompiledScript(Struct, frozen=True):
    """One script's code cache, normalised, and what relocation needs to know about it."""

    compiled: Compiled
    references: CacheReferences


def script_key(kind: int, source: bytes, path: str = "", recorded: bytes | None = None) -> str:
    """Return the key of a script.

    Args:
        kind: of the script, as it is compiled.
        source: its text.
        path: its path, if the Node's code caches contain it.
        recorded: the code cache that a start has recorded of it.
    """
    place = path.encode(errors="replace") + b"\0" if path else b""
    of_start = b"" if recorded is None else b"\0" + hashlib.sha256(recorded).digest()
    return hashlib.sha256(bytes([kind]) + place + of_start + source).hexdigest()


class CompiledScripts:
    """The scripts that one Node has compiled.

    Args:
        directories: each is made if it is missing; scripts go to the first that can be written.
        node_sha256: hex digest of the Node that compiles.
        compiler: everything else that decides what a source is compiled to.
    """

    def __init__(self, directories: Sequence[Path], node_sha256: str, compiler: bytes) -> None:
        name = f"{node_sha256[:32]}-{hashlib.sha256(compiler).hexdigest()[:16]}"
        self._places = [
            CacheFiles(directory / name, b"SLCU", FORMAT, CompiledScript)
            for directory in directories
        ]
        self._held: dict[str, CompiledScript] = {}
        self._room = _HELD

    def load(self, key: str) -> CompiledScript | None:
        """Return a script; None if it is missing or damaged."""
        if (held := self._held.get(key)) is not None:
            return held
        found = (place.load(_name(key)) for place in self._places)
        script = next((script for script in found if script is not None), None)
        if script is not None and (size := len(script.compiled.cache)) <= self._room:
            self._held[key] = script
            self._room -= size
        return script

    def store(self, key: str, script: CompiledScript) -> None:
        """Keep a script, complete or not at all.

        Raises:
            OSError: no directory can be written.
        """
        self._held.pop(key, None)
        *first, last = self._places
        for place in first:
            with contextlib.suppress(OSError):
                place.store(_name(key), script)
                return
        last.store(_name(key), script)


def _name(key: str) -> str:
    return f"{key[:2]}/{key}.unit"

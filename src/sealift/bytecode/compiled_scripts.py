"""Compiled scripts, kept in a directory from build to build.

Layout, below the directory::

    <node>-<compiler>/          digests of the Node that compiles, and of the scripts it runs
        <xx>/<digest>.unit      a group of scripts; xx: first two digits of its digest

A group is a dictionary from keys to scripts (`CompiledScript`). A key is the digest of the kind of
script, of its path if the code cache contains it, of the code cache that a start has recorded, and
of its source. The digest of a group is that of its keys. The files are those of
`sealift.bytecode.cache_files`: making one can take longer than compiling a small script.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from sealift.bytecode.cache_files import CacheFiles
from sealift.bytecode.compiler_process import Compiled
from sealift.formats.v8.code_cache import CacheReferences

FORMAT = 7
"""Raised when the layout changes, or what is checked in a code cache, or how it is changed."""

Group = Mapping[str, "CompiledScript"]


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
            CacheFiles(directory / name, b"SLCU", FORMAT, dict[str, CompiledScript])
            for directory in directories
        ]
        self._names: dict[str, str] = {}
        self._last: tuple[str, Group] = "", {}  # the scripts of a group are needed together

    def load(self, key: str) -> CompiledScript | None:
        """Return a script of a group that was loaded or stored; None if it is missing now."""
        name = self._names.get(key)
        return None if name is None else self._load(name).get(key)

    def load_group(self, keys: Sequence[str]) -> Group:
        """Return the scripts of a group that are kept; none if it is missing or damaged."""
        return self._load(self._note(keys))

    def store_group(self, keys: Sequence[str], scripts: Group) -> None:
        """Keep those scripts of a group that compile, complete or not at all.

        Raises:
            OSError: no directory can be written.
        """
        name = self._note(keys)
        self._last = name, scripts
        *first, last = self._places
        for place in first:
            with contextlib.suppress(OSError):
                place.store(name, dict(scripts))
                return
        last.store(name, dict(scripts))

    def _note(self, keys: Sequence[str]) -> str:
        digest = hashlib.sha256("".join(keys).encode()).hexdigest()
        name = f"{digest[:2]}/{digest}.unit"
        self._names.update(dict.fromkeys(keys, name))
        return name

    def _load(self, name: str) -> Group:
        last, group = self._last  # other threads store groups
        if last == name:
            return group
        found = (place.load(name) for place in self._places)
        group = next((group for group in found if group is not None), {})
        self._last = name, group
        return group

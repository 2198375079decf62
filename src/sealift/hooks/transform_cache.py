"""Results of pkg.transform that later builds use again.

A result depends on the file's name and content, on the hook, and on what the hook can see: the
configuration, the modules that it has loaded, the environment, the working directory and Node. A
hook that loads modules only when it is called is not cached, as they are unknown before the call.

Layout of the cache: ``transform/<digest of the hook>.out``, a sealed file with the results of the
last build with that hook, as MessagePack: a map from the digest of a file to its new content, or to
nil if the hook leaves it unchanged; and one from the digest of a script to whether only an ES
module has its syntax.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from sealift.cache import (
    Store,
    code_digest,
    evict,
    places,
    read_sealed,
    touch,
    write_sealed,
)
from sealift.project import has_module_syntax

_KIND, _FORMAT = b"SLTF", 3
_VOLATILE = {"_", "OLDPWD", "SHLVL"}
"""Variables that a shell changes for each command."""

_LARGEST = 256 << 20
"""Bytes of the results that are kept."""


class _Kept(msgspec.Struct, array_like=True):
    """The two maps of an entry."""

    results: dict[bytes, bytes | None] = msgspec.field(default_factory=dict)
    modules: dict[bytes, bool] = msgspec.field(default_factory=dict)


class TransformCache:
    """The results of one hook.

    Args:
        root: of the cache.
        hook: digest of the hook's source and of the Node that runs it.
        config: path of the configuration.
        modules: returns a digest of the modules that are loaded.
    """

    def __init__(self, root: Path, hook: str, config: str, modules: Callable[[], str]) -> None:
        place = Store(root).directory(places.TRANSFORM)
        self._modules = modules
        self._before = modules()
        environment = sorted((k, v) for k, v in os.environ.items() if k not in _VOLATILE)
        parts = (hook, config, self._before, os.fspath(Path.cwd()), repr(environment))
        self._entry = place / f"{_digest(*(os.fsencode(part) for part in parts)).hex()}.out"
        self._known = _load(self._entry)
        self._used = _Kept()
        evict(place, places.TRANSFORM.suffixes)

    def result(self, path: Path, content: bytes, call: Callable[[], bytes | None]) -> bytes | None:
        """Return what the hook makes of a file; None if it leaves it unchanged.

        ``call`` calls the hook, if an earlier build has not.
        """
        key = _digest(os.fsencode(path), content)
        known = self._known.results
        self._used.results[key] = known[key] if key in known else call()
        return self._used.results[key]

    def has_module_syntax(self, script: bytes, compiles: Callable[[bytes], bool]) -> bool:
        """Return whether only an ES module has the syntax of a script.

        ``compiles`` tells, in a tenth of the time, if it is valid as CommonJS.
        """
        key = _digest(code_digest(), script)
        known = self._known.modules.get(key)
        if known is None:
            known = not compiles(script) and has_module_syntax(script)
        self._used.modules[key] = known
        return self._used.modules[key]

    def keep(self) -> None:
        """Write the results, unless the hook has loaded more modules meanwhile."""
        used, known = self._used, self._known
        size = sum(len(result) for result in used.results.values() if result is not None)
        is_known = used.results.keys() == known.results.keys() and used.modules == known.modules
        if is_known or size > _LARGEST:
            return
        if self._modules() == self._before:
            with contextlib.suppress(OSError):  # the next build calls the hook again
                write_sealed(self._entry, _KIND, _FORMAT, msgspec.msgpack.encode(used))


def _load(entry: Path) -> _Kept:
    try:
        raw = read_sealed(entry, entry.parent, _KIND, _FORMAT)
        known = msgspec.msgpack.decode(raw, type=_Kept)
    except (OSError, ValueError, msgspec.MsgspecError):
        return _Kept()
    touch(entry)
    return known


def _digest(*parts: bytes) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.digest()

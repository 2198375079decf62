"""Results of pkg.transform that later builds use again.

A result depends on the file's name and content, on the hook, and on what the hook can see: the
configuration, the modules that it has loaded, the environment, the working directory and Node. A
hook that loads modules only when it is called is not cached, as they are unknown before the call.

Layout of the cache: ``transform/<digest of the hook>.out``, a sealed file with the results of the
last build with that hook, as MessagePack: a map from the digest of a file to its new content, or to
nil if the hook leaves it unchanged.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from sealift.cache import Store, evict, places, read_trusted, seal, touch, unseal, write_file

_KIND, _FORMAT = b"SLTF", 2
_VOLATILE = {"_", "OLDPWD", "SHLVL"}
"""Variables that a shell changes for each command."""

_LARGEST = 256 << 20
"""Bytes of the results that are kept."""


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
        self._used: dict[bytes, bytes | None] = {}
        evict(place, places.TRANSFORM.suffixes)

    def result(self, path: Path, content: bytes, call: Callable[[], bytes | None]) -> bytes | None:
        """Return what the hook makes of a file; None if it leaves it unchanged.

        ``call`` calls the hook, if an earlier build has not.
        """
        key = _digest(os.fsencode(path), content)
        self._used[key] = self._known[key] if key in self._known else call()
        return self._used[key]

    def keep(self) -> None:
        """Write the results, unless the hook has loaded more modules meanwhile."""
        size = sum(len(result) for result in self._used.values() if result is not None)
        if self._used.keys() == self._known.keys() or size > _LARGEST:
            return
        if self._modules() == self._before:
            with contextlib.suppress(OSError):  # the next build calls the hook again
                write_file(self._entry, seal(_KIND, _FORMAT, msgspec.msgpack.encode(self._used)))


def _load(entry: Path) -> dict[bytes, bytes | None]:
    try:
        raw = unseal(_KIND, _FORMAT, read_trusted(entry, entry.parent))
        known = msgspec.msgpack.decode(raw, type=dict[bytes, bytes | None])
    except (OSError, ValueError, msgspec.MsgspecError):
        return {}
    touch(entry)
    return known


def _digest(*parts: bytes) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.digest()

"""Results of pkg.transform that later builds use again.

A result depends on the file's name and content, on the hook, and on what the hook can see: the
configuration, the modules that it has loaded, the environment, the working directory and Node. A
hook that loads modules only when it is called is not cached, as they are unknown before the call.

Layout of the cache, below ``transform/``: ``<xx>/<key>.out``, sealed files with the result.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from sealift.cache import Store, evict, places, seal, touch, unseal, write_file

_KIND, _FORMAT = b"SLTF", 1
_VOLATILE = {"_", "OLDPWD", "SHLVL"}
"""Variables that a shell sets anew for each command."""

_LARGEST = 16 << 20
"""Bytes of a result that is kept; larger files are seldom code."""


class TransformCache:
    """The results of one hook.

    Args:
        root: of the cache.
        hook: digest of the hook's source and of the Node that runs it.
        config: path of the configuration.
        modules: returns a digest of the modules that are loaded.
    """

    def __init__(self, root: Path, hook: str, config: str, modules: Callable[[], str]) -> None:
        self._place = Store(root).directory(places.TRANSFORM)
        self._modules = modules
        self._before = modules()
        environment = sorted((k, v) for k, v in os.environ.items() if k not in _VOLATILE)
        parts = (hook, config, self._before, os.fspath(Path.cwd()), repr(environment))
        self._hook = _digest(*(os.fsencode(part) for part in parts))
        self._waiting: list[tuple[Path, bytes]] = []
        evict(self._place, places.TRANSFORM.suffixes)

    def find(self, path: Path, content: bytes) -> bytes | None:
        """Return what the hook made of a file in an earlier build; None if that is unknown."""
        entry = self._entry(path, content)
        try:
            result = unseal(_KIND, _FORMAT, entry.read_bytes())
        except (OSError, ValueError):
            return None
        touch(entry)
        return result

    def add(self, path: Path, content: bytes, result: bytes) -> None:
        """Remember a result until `keep`."""
        if len(result) <= _LARGEST:
            self._waiting.append((self._entry(path, content), result))

    def keep(self) -> None:
        """Write the new results, unless the hook has loaded more modules meanwhile."""
        if self._waiting and self._modules() == self._before:
            for entry, result in self._waiting:
                with contextlib.suppress(OSError):  # the next build calls the hook again
                    write_file(entry, seal(_KIND, _FORMAT, result))
        self._waiting.clear()

    def _entry(self, path: Path, content: bytes) -> Path:
        key = _digest(self._hook.encode(), os.fsencode(path), content)
        return self._place / key[:2] / f"{key}.out"


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()

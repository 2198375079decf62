"""The development cache, ``$SEALIFT_DEV_CACHE`` or ``~/.cache/sealift-dev``.

An entry is complete or missing: it is made in a temporary directory and renamed under a lock, so
tests in several processes share one download.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock


class RigError(Exception):
    """Test equipment is not available here; the message names it."""


def dev_cache() -> Path:
    """Return the directory of everything that tests fetch or set up."""
    named = os.environ.get("SEALIFT_DEV_CACHE")
    path = Path(named) if named else Path.home() / ".cache" / "sealift-dev"
    path.mkdir(parents=True, exist_ok=True)
    return path.resolve()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that belongs to ``path`` against other processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f".{path.name}.lock")):
        yield


def make_once(path: Path, make: Callable[[Path], None]) -> Path:
    """Return ``path``; if it is missing, make it first.

    ``make`` fills an empty directory beside ``path``, which is then renamed to ``path``.
    """
    if path.exists():
        return path
    with locked(path):
        if not path.exists():
            partial = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
            partial.chmod(0o755)
            try:
                make(partial)
                partial.rename(path)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    return path

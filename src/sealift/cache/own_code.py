"""What every result depends on besides its inputs: the code that makes it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from sealift.version import VERSION

_PACKAGE = Path(__file__).parents[1]
_CACHES = "__pycache__"


def code_digest(libraries: Sequence[str] = ()) -> bytes:
    """Return a digest that changes with sealift, with Python, and with some libraries.

    Files of code are compared by size and time; where they are packed, the versions decide.

    Args:
        libraries: modules whose results differ from version to version; they are not imported.
    """
    digest = hashlib.sha256(f"{VERSION}\n{sys.version}\n".encode())
    for path, status in _files(os.fspath(_PACKAGE)):
        name = os.fsencode(os.path.relpath(path, _PACKAGE))
        digest.update(b"%s %d %d\n" % (name, status.st_size, status.st_mtime_ns))
    for library in libraries:
        spec = find_spec(library)
        with contextlib.suppress(OSError):
            if spec is not None and spec.origin is not None:
                status = os.stat(spec.origin)  # noqa: PTH116
                digest.update(f"{library} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.digest()


def _files(directory: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the files below a directory with their states, in the order of their names."""
    try:
        with os.scandir(directory) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name != _CACHES:
                yield from _files(entry.path)
        else:
            with contextlib.suppress(OSError):
                yield entry.path, entry.stat()

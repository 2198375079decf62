"""What every result depends on besides its inputs: the code that makes it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from functools import cache
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
    digest = hashlib.sha256(f"{VERSION}\n{sys.version}\n".encode() + _own_digest())
    for library in libraries:
        spec = find_spec(library)
        with contextlib.suppress(OSError):
            if spec is not None and spec.origin is not None:
                status = os.stat(spec.origin)  # noqa: PTH116
                digest.update(f"{library} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.digest()


@cache
def _own_digest() -> bytes:
    """Return the digest of sealift's own files, when this process has loaded them."""
    top = os.fspath(_PACKAGE)
    lines = [
        f"{path[len(top) :]} {status.st_size} {status.st_mtime_ns}\n"
        for path, status in _files(top)
    ]
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).digest()


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

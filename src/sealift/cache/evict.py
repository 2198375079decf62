"""Remove cached files that no build has used for long, so that the cache stays small.

A file's or directory's modification time is the time of its last use (`touch`). Builds that run at
the same time may need the same files: everything that one of them has used today stays. What is
removed is made again when it is needed.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from sealift.cache.places import BYTECODE, files_below

DAY = 24 * 3600.0
OLDEST = 90 * DAY
"""Seconds without use after which a file is removed."""
LARGEST = 2 << 30
"""Bytes; above this size, the least recently used files are removed."""

_KEPT = 2 * DAY
_STAMP = "evicted"


def touch(path: Path, interval: float = DAY) -> None:
    """Set the time of last use to now, unless it is less than ``interval`` seconds ago."""
    with contextlib.suppress(OSError):
        if time.time() - path.stat().st_mtime > interval:
            os.utime(path)


def evict(
    directory: Path,
    suffixes: tuple[str, ...] = BYTECODE.suffixes,
    oldest: float = OLDEST,
    largest: int = LARGEST,
) -> None:
    """Remove files that are old, then the least recently used above a total size.

    Do nothing if this ran in the last day. Files that cannot be read or removed stay.

    Args:
        directory: of the files.
        suffixes: of their names; others stay.
        oldest: seconds without use.
        largest: bytes in all.
    """
    stamp, now = directory / _STAMP, time.time()
    with contextlib.suppress(OSError):
        if abs(now - stamp.stat().st_mtime) < DAY:
            return
    with contextlib.suppress(OSError):
        stamp.touch(mode=0o600)
    files = []
    for path in files_below(directory, suffixes):
        with contextlib.suppress(OSError):
            status = path.lstat()
            files.append((status.st_mtime, status.st_size, path))
    total = 0
    for used, size, path in sorted(files, key=lambda file: file[0], reverse=True):
        total += size
        if now - used > oldest or (total > largest and now - used > _KEPT):
            with contextlib.suppress(OSError):
                path.unlink()

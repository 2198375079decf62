"""Keep the directory of compiled scripts and move tables from growing for ever.

A file's modification time is when it was last of use (`touch`). Several builds may be at it at the
same time: what one of them needs it has used today, and nothing of today is deleted. Whatever is
deleted is made again.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

DAY = 24 * 3600.0
OLDEST = 90 * DAY
"""Seconds after which a file that nobody has used goes."""
LARGEST = 2 << 30
"""Bytes; if there are more, what was used least recently goes."""

_KEPT = 2 * DAY
_STAMP = "evicted"
_SUFFIXES = (".unit", ".table", ".modules", ".tmp")


def touch(path: Path) -> None:
    """Note that a file is of use, once a day."""
    with contextlib.suppress(OSError):
        if time.time() - path.stat().st_mtime > DAY:
            os.utime(path)


def evict(directory: Path, oldest: float = OLDEST, largest: int = LARGEST) -> None:
    """Delete what is old, then what is too much; does nothing if it was called today already.

    Never fails: what cannot be read or deleted stays.
    """
    stamp, now = directory / _STAMP, time.time()
    with contextlib.suppress(OSError):
        if abs(now - stamp.stat().st_mtime) < DAY:
            return
    with contextlib.suppress(OSError):
        stamp.touch()
    files = sorted(_files(directory), key=lambda file: file[0], reverse=True)
    total = 0
    for used, size, path in files:
        total += size
        if now - used > oldest or (total > largest and now - used > _KEPT):
            with contextlib.suppress(OSError):
                path.unlink()


def _files(directory: Path) -> Iterator[tuple[float, int, Path]]:
    """Yield when each file was used last, its size, and its path."""
    try:
        with os.scandir(directory) as entries:
            found = list(entries)
    except OSError:
        return
    for entry in found:
        path = Path(entry.path)
        with contextlib.suppress(OSError):
            if entry.is_dir(follow_symlinks=False):
                yield from _files(path)
            elif path.suffix in _SUFFIXES:
                status = entry.stat(follow_symlinks=False)
                yield status.st_mtime, status.st_size, path

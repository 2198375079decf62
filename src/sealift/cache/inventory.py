"""What is in a cache, and removing a part of it; for ``sealift cache``."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Collection, Iterable
from pathlib import Path

from msgspec import Struct

from sealift.cache import messages
from sealift.cache.places import PLACES, Kind, Place
from sealift.cache.store import TAG, Store, remove

_IN_USE = 600.0
"""Seconds: a build that still runs may need what was used so recently."""

_PREFIXES = ("", "K", "M", "G", "T")
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)\s*([KMGT]?)(i?)B?", re.IGNORECASE | re.ASCII)


class Entry(Struct, frozen=True):
    """One entry.

    Attributes:
        kind: what it is for.
        name: its path relative to the cache's root, with slashes.
        path: absolute.
        size: of its files, in bytes.
        used: when it was last used, in seconds since 1970.
    """

    kind: Kind
    name: str
    path: Path
    size: int
    used: float


class Removal(Struct, frozen=True):
    """What was removed.

    Attributes:
        removed: entries that are gone.
        kept: entries that stay, with the reasons.
    """

    removed: tuple[Entry, ...]
    kept: tuple[tuple[Entry, str], ...]

    def require_complete(self) -> None:
        """Raise NodeError ``cache-not-removed`` if an entry was kept."""
        if self.kept:
            entry, reason = self.kept[0]
            number = len(self.kept)
            raise messages.CACHE_NOT_REMOVED.error(number=number, path=entry.path, reason=reason)


def list_entries(store: Store, kinds: Collection[Kind] = ()) -> list[Entry]:
    """Return the entries of a cache, complete or not; what cannot be read is left out.

    Args:
        store: the cache, which need not exist.
        kinds: those to return; all if empty.
    """
    return [
        entry
        for place in PLACES
        if not kinds or place.kind in kinds
        for path in place.entries(store.root)
        if (entry := _look_at(path, place, store.root))
    ]


def expired_entries(
    found: Iterable[Entry], *, oldest: float | None = None, largest: int | None = None
) -> list[Entry]:
    """Return the entries to remove so that a cache keeps to an age and a size.

    Entries that were used in the last ten minutes stay.

    Args:
        found: all entries.
        oldest: seconds without use after which an entry is removed; None for no limit.
        largest: bytes that may stay, most recently used entries first; None for no limit.
    """
    now, total = time.time(), 0
    chosen = []
    for entry in sorted(found, key=lambda entry: entry.used, reverse=True):
        age = now - entry.used
        total += entry.size
        too_old = oldest is not None and age > oldest
        too_much = largest is not None and total > largest
        if (too_old or too_much) and not 0 <= age < _IN_USE:
            chosen.append(entry)
            total -= entry.size
    return chosen


def remove_entries(store: Store, chosen: Iterable[Entry]) -> Removal:
    """Remove entries, except those that another process is making.

    Raises:
        UsageError: ``cache-unknown``: the directory is not a cache of sealift.
    """
    removed: list[Entry] = []
    kept: list[tuple[Entry, str]] = []
    for entry in chosen:
        _require_cache(store.root)
        try:
            if not _remove(store, entry.path):
                kept.append((entry, "another process uses it"))
                continue
        except OSError as error:
            kept.append((entry, error.strerror or str(error)))
        else:
            removed.append(entry)
    if removed:
        store.sweep()
    return Removal(tuple(removed), tuple(kept))


def parse_size(text: str) -> int:
    """Return the number of bytes of a size such as ``500MB``, ``1.5 GiB`` or ``1000``.

    Raises:
        UsageError: ``size-malformed``.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None or (match[3] and not match[2]):
        raise messages.SIZE_MALFORMED.error(text=text)
    base = 1024 if match[3] else 1000
    return int(float(match[1]) * base ** _PREFIXES.index(match[2].upper()))


def _remove(store: Store, path: Path) -> bool:
    if not path.is_dir():
        # A file is written by one step, and read by one.
        remove(path)
        return True
    with store.unless_locked(path) as is_free:
        if is_free:
            remove(path)
        return is_free


def _look_at(path: Path, place: Place, root: Path) -> Entry | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    size = status.st_size if path.is_symlink() or not path.is_dir() else _size_below(path)
    return Entry(place.kind, path.relative_to(root).as_posix(), path, size, status.st_mtime)


def _size_below(directory: Path) -> int:
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118 - many files
    return total


def _require_cache(root: Path) -> None:
    """Raise UsageError unless sealift made the directory: a wrong --cache must cost nothing."""
    marks = (root / TAG, root / "locks", root / "bytecode" / "evicted")
    if not any(mark.exists() for mark in marks):
        raise messages.NOT_A_CACHE.error(root=root)

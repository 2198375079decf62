"""The paths that the reading of a project depends on, as `FileSystem` has looked at them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from sealift.cache import PathState, state_of_path

if TYPE_CHECKING:
    from sealift.project.filesystem import DirectoryEntry


class Listing(Struct, frozen=True, array_like=True):
    """The names in a directory.

    Attributes:
        names: digest of them.
        state: of the directory while it has these names; None if it changed when it was listed.
    """

    names: bytes
    state: PathState | None


class Dependencies(Struct, frozen=True, array_like=True):
    """What was found on the disk; the result is the same as long as all of it is.

    Attributes:
        states: of paths, among them those at which nothing was.
        listings: of directories.
        executables: outputs of earlier builds, whose content does not matter.
    """

    states: dict[str, PathState]
    listings: dict[str, Listing]
    executables: tuple[str, ...]


def digest_of_names(entries: Iterable[DirectoryEntry]) -> bytes:
    """Return a digest of the entries of a directory, in the order of their names."""
    lines = [f"{entry.kind.value} {entry.is_link:d} {entry.name}\0" for entry in entries]
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).digest()


def listing(path: str, entries: Iterable[DirectoryEntry], start: int) -> Listing:
    """Return what the directory at ``path`` held when it was listed, after ``start``."""
    state = state_of_path(path, content=True)
    return Listing(digest_of_names(entries), state if state.is_older(start) else None)

"""A view of the host's file system that asks each question once in a build.

Paths are absolute, normalised host strings (`os.sep`); names that are not UTF-8 carry Python's
surrogate escapes. Nothing here opens a file, so a FIFO or a device cannot block a build.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from enum import Enum


class PathKind(Enum):
    """What stands at a path, symbolic links followed."""

    MISSING = 0
    FILE = 1
    DIRECTORY = 2
    SPECIAL = 3  # socket, device, FIFO
    LOOP = 4  # symbolic links that lead to themselves


@dataclass(frozen=True, slots=True)
class Symlink:
    """A symbolic link (or a Windows junction): where it stands and where it leads in the end."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class RealPath:
    """A real path and the symbolic links passed on the way to it."""

    real: str
    links: tuple[Symlink, ...] = ()


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """One name in a directory; ``kind`` is that of the name itself, links not followed."""

    name: str
    kind: PathKind
    is_link: bool


def _is_link(status: os.stat_result) -> bool:
    if stat.S_ISLNK(status.st_mode):
        return True
    # Junctions: what pnpm makes on Windows instead of symbolic links.
    return getattr(status, "st_reparse_tag", 0) == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1)


def _kind_of_mode(mode: int) -> PathKind:
    if stat.S_ISREG(mode):
        return PathKind.FILE
    return PathKind.DIRECTORY if stat.S_ISDIR(mode) else PathKind.SPECIAL


class FileSystem:
    """Cached ``stat``, ``realpath`` and directory listings.

    Attributes:
        denied: the directories that could not be listed, each with the system's message.
    """

    __slots__ = ("_kinds", "_listings", "_problems", "_traces", "denied")

    def __init__(self, shared: FileSystem | None = None) -> None:
        """Use the caches of ``shared``, but record only what this object could not list."""
        self._kinds: dict[str, PathKind] = shared._kinds if shared else {}
        self._traces: dict[str, RealPath | None] = shared._traces if shared else {}
        self._listings: dict[str, tuple[DirectoryEntry, ...]] = shared._listings if shared else {}
        self._problems: dict[str, str] = shared._problems if shared else {}
        self.denied: dict[str, str] = {}

    def kind(self, path: str) -> PathKind:
        """What stands at ``path``."""
        known = self._kinds.get(path)
        if known is None:
            try:
                known = _kind_of_mode(os.stat(path).st_mode)
            except OSError as error:
                known = PathKind.LOOP if error.errno == errno.ELOOP else PathKind.MISSING
            except ValueError:  # a NUL in the path
                known = PathKind.MISSING
            self._kinds[path] = known
        return known

    def is_file(self, path: str) -> bool:
        """Whether Node's loader would try to read ``path``: anything that is not a directory."""
        return self.kind(path) in (PathKind.FILE, PathKind.SPECIAL)

    def is_directory(self, path: str) -> bool:
        """Whether ``path`` is a directory."""
        return self.kind(path) is PathKind.DIRECTORY

    def trace(self, path: str) -> RealPath:
        """The real path of ``path``; OSError (ELOOP) for links that lead to themselves."""
        if path in self._traces:
            known = self._traces[path]
            if known is None:  # being traced already: the link leads to itself
                raise OSError(errno.ELOOP, "symbolic links lead to themselves", path)
            return known
        parent, name = os.path.split(path)
        if parent == path:
            return RealPath(path)
        self._traces[path] = None
        try:
            known = self._trace_below(self.trace(parent), name)
        except OSError:
            del self._traces[path]
            raise
        self._traces[path] = known
        return known

    def _trace_below(self, parent: RealPath, name: str) -> RealPath:
        if name in ("", "."):
            return parent
        if name == "..":
            return RealPath(os.path.dirname(parent.real), parent.links)
        here = os.path.join(parent.real, name)
        try:
            if not _is_link(os.lstat(here)):
                return RealPath(here, parent.links)
            target = os.readlink(here).removeprefix("\\\\?\\")
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise
            return RealPath(here, parent.links)
        end = self.trace(os.path.join(parent.real, target))
        return RealPath(end.real, (*parent.links, Symlink(here, end.real), *end.links))

    def entries(self, directory: str) -> tuple[DirectoryEntry, ...]:
        """What ``directory`` holds, sorted by name; nothing if it cannot be listed."""
        known = self._listings.get(directory)
        if known is None:
            known = self._list(directory)
            self._listings[directory] = known
        if directory in self._problems:
            self.denied[directory] = self._problems[directory]
        return known

    def _list(self, directory: str) -> tuple[DirectoryEntry, ...]:
        found = []
        try:
            with os.scandir(directory) as listing:
                for item in listing:
                    is_link = item.is_symlink() or (
                        os.name == "nt" and _is_link(os.lstat(item.path))
                    )
                    if item.is_dir(follow_symlinks=False):
                        kind = PathKind.DIRECTORY
                    else:
                        kind = (
                            PathKind.FILE
                            if item.is_file(follow_symlinks=False)
                            else PathKind.SPECIAL
                        )
                    found.append(DirectoryEntry(item.name, kind, is_link))
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            self._problems[directory] = error.strerror or str(error)
            return ()
        found.sort(key=lambda entry: entry.name)
        return tuple(found)

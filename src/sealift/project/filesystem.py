"""A view of the host's file system that asks each question once in a build.

Paths are absolute, normalised host strings (`os.sep`); names that are not UTF-8 carry Python's
surrogate escapes. Only regular files are opened, so a FIFO or a device cannot block a build.
Nothing recurses by the depth of directories.

While a project is read, nothing else in this package looks at the project's files. So this object
knows which paths the result depends on: `FileSystem.dependencies`.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from enum import Enum
from io import FileIO
from typing import TypeVar

from msgspec import Struct

from sealift.cache import PathState, state_of_path
from sealift.project.dependencies import Dependencies, listing
from sealift.tools.input_files import open_real, read_regular

Opened = TypeVar("Opened")

MAX_LINKS = 40
"""Symbolic links that lead to one another; Linux follows no more (path_resolution(7))."""


class PathKind(Enum):
    """What a path names, symbolic links followed."""

    MISSING = 0
    FILE = 1
    DIRECTORY = 2
    SPECIAL = 3  # socket, device, FIFO
    LOOP = 4  # symbolic links that lead to themselves


class Symlink(Struct, frozen=True):
    """A symbolic link (or a Windows junction): its own path, and the real path it leads to."""

    path: str
    target: str


class RealPath(Struct, frozen=True):
    """A path without symbolic links, and the links that were followed to it."""

    real: str
    symlinks: tuple[Symlink, ...] = ()


class DirectoryEntry(Struct, frozen=True):
    """One name in a directory; ``kind`` is that of the name itself, links not followed."""

    name: str
    kind: PathKind
    is_link: bool


def _is_link(status: os.stat_result) -> bool:
    if stat.S_ISLNK(status.st_mode):
        return True
    # Junctions, which pnpm creates on Windows in place of symbolic links.
    return getattr(status, "st_reparse_tag", 0) == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1)


def _kind_of_mode(mode: int) -> PathKind:
    if stat.S_ISREG(mode):
        return PathKind.FILE
    return PathKind.DIRECTORY if stat.S_ISDIR(mode) else PathKind.SPECIAL


class FileSystem:
    """Cached ``stat``, ``realpath`` and directory listings; and the contents of files, not cached.

    Attributes:
        unlistable: the directories that could not be listed, each with the system's message.
        too_deep: the directories that were not entered, because they are nested too deeply.
        read_wholly: the files on whose content more may depend than the recorded answers.
    """

    __slots__ = (
        *("_doubts", "_executables", "_kinds", "_listings", "_opened", "_problems", "_real_paths"),
        *("read_wholly", "too_deep", "unlistable"),
    )

    def __init__(self, shared: FileSystem | None = None) -> None:
        """Use the caches of ``shared``, but record only what this object could not list."""
        self._kinds: dict[str, PathKind] = shared._kinds if shared else {}
        self._real_paths: dict[str, RealPath] = shared._real_paths if shared else {}
        self._listings: dict[str, tuple[DirectoryEntry, ...]] = shared._listings if shared else {}
        self._problems: dict[str, str] = shared._problems if shared else {}
        self._opened: dict[str, bool] = shared._opened if shared else {}
        self._executables: set[str] = shared._executables if shared else set()
        self._doubts: set[str] = shared._doubts if shared else set()
        self.read_wholly: set[str] = shared.read_wholly if shared else set()
        self.unlistable: dict[str, str] = {}
        self.too_deep: set[str] = set()

    def kind(self, path: str) -> PathKind:
        """Return what ``path`` names."""
        known = self._kinds.get(path)
        if known is None:
            try:
                known = _kind_of_mode(os.stat(path).st_mode)
            except OSError as error:
                known = PathKind.LOOP if error.errno == errno.ELOOP else PathKind.MISSING
            except ValueError:  # a NUL or a lone surrogate in the path
                known = PathKind.MISSING
            self._kinds[path] = known
        return known

    def is_file(self, path: str) -> bool:
        """Return True if Node's loader would read ``path``: it is there, and not a directory."""
        return self.kind(path) in (PathKind.FILE, PathKind.SPECIAL)

    def is_directory(self, path: str) -> bool:
        """Return True if ``path`` names a directory."""
        return self.kind(path) is PathKind.DIRECTORY

    def real_path(self, path: str) -> RealPath:
        """Return the real path of ``path``. Raise OSError (ELOOP) for a loop of links."""
        try:
            return self._real_path(path, MAX_LINKS)
        except OSError:
            self._doubts.add(path)
            raise

    def resolved(self, path: str) -> str:
        """Return the real path of ``path``; of a loop of links, what can be resolved."""
        try:
            return self.real_path(path).real
        except OSError:
            return os.path.realpath(path)

    def _real_path(self, path: str, links_left: int) -> RealPath:
        unknown = []
        known = self._real_paths.get(path)
        while known is None:
            parent = os.path.dirname(path)
            if parent == path:
                known = RealPath(path)
            else:
                unknown.append(path)
                path = parent
                known = self._real_paths.get(path)
        for below in reversed(unknown):
            known = self._real_path_below(known, os.path.basename(below), links_left)
            self._real_paths[below] = known
        return known

    def _real_path_below(self, parent: RealPath, name: str, links_left: int) -> RealPath:
        if name in ("", "."):
            return parent
        if name == "..":
            return RealPath(os.path.dirname(parent.real), parent.symlinks)
        here = os.path.join(parent.real, name)
        try:
            if not _is_link(os.lstat(here)):
                return RealPath(here, parent.symlinks)
            target = os.readlink(here).removeprefix("\\\\?\\")
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise
            return RealPath(here, parent.symlinks)
        if not links_left:
            raise OSError(errno.ELOOP, "too many symbolic links", here)
        end = self._real_path(os.path.join(parent.real, target), links_left - 1)
        followed = (*parent.symlinks, Symlink(here, end.real), *end.symlinks)
        return RealPath(end.real, tuple(dict.fromkeys(followed)))

    def open_real(self, path: str, *, recorded: bool = False) -> FileIO:
        """Open the regular file at the real path ``path``; see `sealift.tools.input_files`.

        ``recorded``: the caller records what it concludes from the content (`answers`).
        """
        if not recorded:
            self.read_wholly.add(path)
        return self._open(path, open_real)

    def read(self, path: str, limit: int) -> bytes:
        """Return the content of the file at ``path``, or its first ``limit`` + 1 bytes.

        Raise as `sealift.tools.input_files.read_regular`.
        """
        self.read_wholly.add(path)
        return self._open(path, lambda path: read_regular(path, limit))

    def _open(self, path: str, open_file: Callable[[str], Opened]) -> Opened:
        is_open = False
        try:
            opened = open_file(path)
            is_open = True
        finally:
            if self._opened.setdefault(path, is_open) != is_open:
                self._doubts.add(path)
        return opened

    def entries(self, directory: str) -> tuple[DirectoryEntry, ...]:
        """Return the entries of ``directory`` by name; none if it cannot be listed."""
        known = self._listings.get(directory)
        if known is None:
            known = self._list(directory)
            self._listings[directory] = known
        if directory in self._problems:
            self.unlistable[directory] = self._problems[directory]
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
                    elif item.is_file(follow_symlinks=False):
                        kind = PathKind.FILE
                    else:
                        kind = PathKind.SPECIAL
                    found.append(DirectoryEntry(item.name, kind, is_link))
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return ()
        except OSError as error:
            self._problems[directory] = error.strerror or str(error)
            return ()
        found.sort(key=lambda entry: entry.name)
        return tuple(found)

    def dependencies(self, start: int) -> Dependencies | None:
        """Return the paths that were looked at, with their states when that was done.

        ``start``: a time before that (`time.time_ns`). The states are taken now, and compared with
        the answers. Return None if a content has changed since ``start``, or some answer cannot be
        relied on: then nothing may be concluded from equal states.
        """
        if self._doubts or self._problems:
            return None
        states: dict[str, PathState] = {}
        for path, is_open in self._opened.items():
            if path not in self._executables:
                state = states[path] = state_of_path(path, content=True)
                if (state.kind == PathKind.FILE.value) != is_open or not state.is_older(start):
                    return None
        for path, kind in self._kinds.items():
            if path not in states:
                states[path] = state_of_path(path, content=False)
            if states[path].kind != kind.value:
                return None
        links = {link.path for one in self._real_paths.values() for link in one.symlinks}
        for path in (*links, *(one.real for one in self._real_paths.values())):
            if path not in states:
                states[path] = state_of_path(path, content=False)
            if bool(states[path].link) != (path in links):
                return None
        if not all(states[path].is_older(start) for path in links):
            return None
        listings = {path: listing(path, found, start) for path, found in self._listings.items()}
        return Dependencies(states, listings, tuple(sorted(self._executables)))

    def disregard_executable(self, path: str) -> None:
        """Record that nothing depends on the content of ``path``, as it `is_packaged_executable`.

        It is an output of an earlier build, which the next build replaces.
        """
        self._executables.add(path)

    def doubt(self, path: str) -> None:
        """Record that what was found out about ``path`` depends on more than the disk."""
        self._doubts.add(path)

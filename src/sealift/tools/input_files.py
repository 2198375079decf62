"""The one place that opens files which others wrote: only regular files, and never blocking.

A FIFO blocks who opens it, a device can be endless, and a symbolic link can change between the
moment when its target is checked and the moment when it is read. So a file is opened once, and all
questions are asked of its descriptor.
"""

from __future__ import annotations

import os
import stat
from io import FileIO
from pathlib import Path

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO must not block
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_DIRECTORY = getattr(os, "O_DIRECTORY", 0)
_DESCRIPTORS = "/proc/self/fd/"
_BY_DESCRIPTOR = os.open in os.supports_dir_fd


class NotRegularError(Exception):
    """The path names a directory, a FIFO, a socket or a device."""

    def __str__(self) -> str:
        return "it is not a regular file"


def is_directory(path: str | os.PathLike[str]) -> bool:
    """Return True if a path is that of a directory, and it can be looked at.

    `Path.is_dir` raises an OSError for a name that is too long, and without permission.
    """
    return os.path.isdir(path)  # noqa: PTH112


def open_regular(path: str | os.PathLike[str]) -> FileIO:
    """Open the regular file at ``path`` for reading; symbolic links are followed.

    Raise NotRegularError for anything else, and OSError if it cannot be opened.
    """
    return _regular(os.open(path, _FLAGS))


def open_real(path: str | os.PathLike[str]) -> FileIO:
    """Open the regular file at the real path ``path``; no symbolic link is followed.

    Raise as `open_regular`. A link that has been put in the path since it was resolved is an
    OSError (ELOOP or ENOTDIR).
    """
    path = os.fspath(path)
    descriptor = os.open(path, _FLAGS | _NO_LINK)
    if _BY_DESCRIPTOR and _path_of(descriptor) != path:
        os.close(descriptor)
        descriptor = _open_without_links(path)
    return _regular(descriptor)


class RealFiles:
    """Reads files at real paths, as `open_real` opens them; a context manager, for one thread.

    For a file in the directory of the last one, the system walks no path, and no path is compared:
    half of the time for a small file.
    """

    def __init__(self) -> None:
        self._directory = ""
        self._descriptor = -1

    def __enter__(self) -> RealFiles:
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()

    def read(self, path: str | os.PathLike[str], size: int) -> tuple[bytes, os.stat_result]:
        """Return the first ``size`` bytes of a file, or all, and its state after that.

        Raise as `open_real`.
        """
        directory, name = os.path.split(os.fspath(path))
        if directory != self._directory:
            self._enter(directory)
        if self._descriptor < 0:
            with open_real(path) as stream:
                return _read(stream, size), os.fstat(stream.fileno())
        with _regular(os.open(name, _FLAGS | _NO_LINK, dir_fd=self._descriptor)) as stream:
            return _read(stream, size), os.fstat(stream.fileno())

    def _enter(self, directory: str) -> None:
        self._leave()
        if _BY_DESCRIPTOR:
            descriptor = os.open(directory, _FLAGS | _DIRECTORY)
            if _path_of(descriptor) == directory:
                self._descriptor = descriptor
            else:
                os.close(descriptor)
        self._directory = directory

    def _leave(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._directory, self._descriptor = "", -1


def read_regular(path: str | os.PathLike[str], limit: int) -> bytes:
    """Return the content of the regular file at ``path``, or its first ``limit`` + 1 bytes.

    Raise as `open_regular`.
    """
    with open_regular(path) as stream:
        return _read(stream, limit + 1)


def _read(stream: FileIO, size: int) -> bytes:
    parts = []
    while size and (part := stream.read(min(size, 1 << 20))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _regular(descriptor: int) -> FileIO:
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotRegularError
    except BaseException:
        os.close(descriptor)
        raise
    return FileIO(descriptor, "rb")


def _path_of(descriptor: int) -> str:
    """Return the path that the kernel has for an open file; "" if it does not say."""
    try:
        return os.readlink(f"{_DESCRIPTORS}{descriptor}")  # noqa: PTH115 (for every file)
    except OSError:
        return ""


def _open_without_links(path: str) -> int:
    """Open ``path`` one component after the other, each relative to the one before."""
    root, *names = Path(path).parts
    here = os.open(root, _FLAGS | _DIRECTORY)
    try:
        for index, name in enumerate(names):
            kind = 0 if index == len(names) - 1 else _DIRECTORY
            below = os.open(name, _FLAGS | _NO_LINK | kind, dir_fd=here)
            os.close(here)
            here = below
    except BaseException:
        os.close(here)
        raise
    return here

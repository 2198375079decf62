"""Directories and files that only their owner can read and write."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

_DIRECTORY_MODE = 0o700
_FILE_MODE = 0o600
_EXECUTABLE_MODE = 0o700
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def make_directory(path: Path) -> None:
    """Make a directory and its missing parents, each with mode 0700.

    Raises:
        OSError: it cannot be made, or a file has its name.
    """
    try:
        path.mkdir(mode=_DIRECTORY_MODE)
    except FileNotFoundError:
        make_directory(path.parent)
        path.mkdir(mode=_DIRECTORY_MODE, exist_ok=True)
    except FileExistsError:
        if not path.is_dir():
            raise


def make_private(tree: Path) -> None:
    """Take the rights of other users away from everything in a directory, and from itself.

    Files that can be executed stay executable. Symbolic links are not followed.

    Raises:
        OSError: a mode cannot be changed.
    """
    tree.chmod(_DIRECTORY_MODE)
    for folder, directories, names in os.walk(tree):
        for name in directories:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(_DIRECTORY_MODE)
        for name in names:
            path = Path(folder, name)
            mode = path.lstat().st_mode
            if not path.is_symlink() and mode & 0o077:
                path.chmod(_EXECUTABLE_MODE if mode & 0o100 else _FILE_MODE)


def write_file(path: Path, data: bytes) -> None:
    """Write a file with mode 0600, complete or not at all; its directory is made if missing.

    Raises:
        OSError: it cannot be written.
    """
    write_chunks(path, (data,))


def write_chunks(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file as `write_file` does, from pieces that lie end to end.

    Raises:
        OSError: it cannot be written; or as ``chunks``.
    """
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        opened = os.open(unfinished, _CREATE, _FILE_MODE)
    except FileNotFoundError:
        make_directory(path.parent)
        opened = os.open(unfinished, _CREATE, _FILE_MODE)
    try:
        with os.fdopen(opened, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
        unfinished.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise

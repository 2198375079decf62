"""Check that no other user can change what is in the cache.

Node binaries and addons in the cache become part of executables, and some are run. So the cache
directory must belong to the user who runs sealift, or to root; the same is true of every directory
above it, where another user could otherwise put another directory in its place. Nobody else may be
able to write to one of them. A directory with the sticky bit, such as ``/tmp``, protects what is
in it from its other users.

Windows gives each user's cache directory an access list of its own; nothing is checked there.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from io import FileIO
from pathlib import Path

from sealift.cache import messages

_ROOT = 0
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""A FIFO must not block."""


def require_trusted(root: Path) -> None:
    """Raise NodeError if another user owns, or can write to, the cache or a directory above it.

    Args:
        root: absolute path of the cache; what does not exist yet is not checked.
    """
    if sys.platform == "win32":
        return
    resolved = Path(os.path.realpath(root))  # unlike resolve(), it accepts a circle of links
    for path in dict.fromkeys((*_with_parents(root), *_with_parents(resolved))):
        _require_trusted(root, path, may_be_sticky=path != resolved)


def require_trusted_directory(root: Path, directory: Path) -> None:
    """Raise NodeError if another user owns, or can write to, a directory of the cache.

    Args:
        root: of the cache, which `require_trusted` has accepted.
        directory: in it; one that does not exist yet is not checked.
    """
    if sys.platform != "win32":
        _require_trusted(root, directory, may_be_sticky=False)


def _require_trusted(root: Path, path: Path, *, may_be_sticky: bool) -> None:
    try:
        status = path.lstat()
    except OSError:
        return  # missing; or unreachable, which is an error when the cache is used
    if status.st_uid not in (os.geteuid(), _ROOT):
        raise messages.OWNED_BY_ANOTHER_USER.error(
            root=root, path=path, owner=_user(status.st_uid), user=_user(os.geteuid())
        )
    if stat.S_ISLNK(status.st_mode) or not _writable_by_others(status):
        return
    if not status.st_mode & stat.S_ISVTX or not may_be_sticky:
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        raise messages.WRITABLE_BY_OTHER_USERS.error(root=root, path=path, mode=mode)


def read_trusted(path: Path, top: Path) -> bytes:
    """Return the content of a cached file.

    Args:
        path: of the file.
        top: directory above it, up to which the directories are checked.

    Raises:
        OSError: it cannot be read; or it is not a regular file, or is one of another user, or
            others can change it or a directory in between.
    """
    for directory in path.parents:
        if not is_trusted(directory.stat()):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(directory))
        if directory == top:
            break
    with FileIO(os.open(path, _READ), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or not is_trusted(status):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return file.readall()


def is_trusted_below(root: Path, path: Path) -> bool:
    """Return True if nobody else can change ``path``, or a directory between it and ``root``.

    Args:
        root: of the cache, which `require_trusted` has accepted.
        path: in the cache; False if it is missing, or a link.
    """
    try:
        statuses = [
            parent.lstat() for parent in (path, *path.parents) if parent.is_relative_to(root)
        ]
    except OSError:
        return False
    *below, _ = statuses
    return all(is_trusted(one) and not stat.S_ISLNK(one.st_mode) for one in below)


def is_trusted(status: os.stat_result) -> bool:
    """Return True if a file or directory belongs to the user or root, and others cannot write."""
    if sys.platform == "win32":
        return True
    is_open = not stat.S_ISLNK(status.st_mode) and _writable_by_others(status)
    return status.st_uid in (os.geteuid(), _ROOT) and not is_open


def _with_parents(path: Path) -> tuple[Path, ...]:
    return (*reversed(path.parents), path)


def _writable_by_others(status: os.stat_result) -> bool:
    if status.st_mode & stat.S_IWOTH:
        return True
    return bool(status.st_mode & stat.S_IWGRP) and not _is_own_group(status.st_gid)


def _is_own_group(group: int) -> bool:
    """Return True for the private group that many systems give each user (umask 002)."""
    import grp

    try:
        entry = grp.getgrgid(group)
    except KeyError:
        return False
    user = _user(os.geteuid())
    return entry.gr_name == user and set(entry.gr_mem) <= {user}


def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)

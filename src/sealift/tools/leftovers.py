"""Remove the temporary files and directories that killed processes have left.

Something is removed only if all of this is true: its name is one that sealift gives, it belongs to
the user of this process, it is not a symbolic link, no process holds its lock, and either the
process that its name contains has ended, or it is a day old. A lock is ``flock``; Windows has
none, so there only age counts.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_DIRECTORY = re.compile(r"sealift-(?:(\d+)-[0-9a-f]{16}|(?:npm-|addons-)?[a-z0-9_]{8})")
_FILE = re.compile(r"\..*\.sealift-(?:(\d+)-[0-9a-f]{16}|[0-9a-f]{8})\.tmp", re.DOTALL)
_OLD_SECONDS = 86_400.0


def sweep_directories(parent: Path) -> None:
    """Remove the work directories of killed processes in a directory; never wait, never fail."""
    for path in _leftovers(parent, _DIRECTORY, stat.S_ISDIR):
        shutil.rmtree(path, ignore_errors=True)


def sweep_files(parent: Path) -> None:
    """Remove the unfinished outputs of killed processes in a directory; never wait, never fail."""
    for path in _leftovers(parent, _FILE, stat.S_ISREG):
        with contextlib.suppress(OSError):
            path.unlink()


def sweep_unpacked(parent: Path) -> None:
    """Remove the unfinished directories of killed processes in a directory; never wait or fail."""
    for path in _leftovers(parent, _FILE, stat.S_ISDIR):
        shutil.rmtree(path, ignore_errors=True)


def lock(descriptor: int) -> None:
    """Mark an open file or directory as being in use, where the file system can do it."""
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _leftovers(parent: Path, pattern: re.Pattern[str], kind: object) -> Iterator[Path]:
    assert callable(kind)
    with contextlib.suppress(OSError):
        for name in os.listdir(parent):  # noqa: PTH208 (an iterator may be left open)
            match = pattern.fullmatch(name)
            if match is None:
                continue
            path = parent / name
            with contextlib.suppress(OSError):
                status = path.lstat()
                if (
                    kind(status.st_mode)
                    and _is_own(status)
                    and (_has_ended(match[1]) or time.time() - status.st_mtime > _OLD_SECONDS)
                    and _is_unlocked(path)
                ):
                    yield path


def _is_own(status: os.stat_result) -> bool:
    return os.name == "nt" or status.st_uid == os.geteuid()


def _has_ended(number: str | None) -> bool:
    """Return True if no process has this number; False if it is unknown."""
    if number is None or os.name == "nt":  # on Windows, os.kill would end the process
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _is_unlocked(path: Path) -> bool:
    if fcntl is None:
        return True
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # this file system has no locks
    finally:
        os.close(descriptor)
    return True

"""The states of the paths that a result depends on: a later build sees what has changed.

Contents are compared by size, times and inode number, as make and git compare them. A program can
set the modification time, but not the change time, which differs after every write. But the clocks
of file systems move in steps: a file that is written twice within one step keeps its times. So a
state is only kept if it is older than the reading that it stands for (`PathState.is_older`).

Windows has no change time, so nothing is kept there (`CAN_COMPARE`).
"""

from __future__ import annotations

import errno
import os
import stat
import sys

from msgspec import Struct

from sealift.cache.records import FileState, state_of

CAN_COMPARE = sys.platform != "win32"

MISSING, FILE, DIRECTORY, SPECIAL, LOOP = range(5)
"""What a path names, symbolic links followed; the numbers are those of `project.PathKind`."""

_SECOND = 1_000_000_000
_STEP = _SECOND // 10
"""Nanoseconds: more than a step of the clock of a file system that counts fractions of seconds."""
_LONG_STEP = 3 * _SECOND
"""The same for one that does not."""


class PathState(Struct, frozen=True, array_like=True, gc=False):
    """What a path names, symbolic links followed, and whether it has changed.

    Attributes:
        kind: one of the numbers above.
        content: state of the file or directory, if its content or names matter; else None.
        link: if the path is a symbolic link, its target; else "".
        linked: when the link was made, in nanoseconds since 1970.
    """

    kind: int
    content: FileState | None = None
    link: str = ""
    linked: int = 0

    def is_older(self, start: int) -> bool:
        """Return True if nothing has changed since ``start`` (`time.time_ns`), or just before."""
        if not _has_passed(self.linked, start):
            return False
        if (content := self.content) is None:
            return True
        _, modified, changed, *_ = content
        return _has_passed(modified, start) and _has_passed(changed, start)


def _has_passed(time: int, start: int) -> bool:
    return time + (_STEP if time % _SECOND else _LONG_STEP) < start


def state_of_path(path: str, *, content: bool) -> PathState:
    """Return the state of a path; ``content``: its content, or the names in it, matter."""
    link, linked = "", 0
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            link, linked = os.readlink(path), status.st_ctime_ns  # noqa: PTH115
            status = os.stat(path)  # noqa: PTH116
    except OSError as error:
        kind = LOOP if error.errno == errno.ELOOP else MISSING
        return PathState(kind, None, link, linked)
    except ValueError:  # a NUL or a lone surrogate in the path
        return PathState(MISSING)
    mode = status.st_mode
    kind = FILE if stat.S_ISREG(mode) else DIRECTORY if stat.S_ISDIR(mode) else SPECIAL
    has_content = content and kind != SPECIAL
    return PathState(kind, state_of(status) if has_content else None, link, linked)

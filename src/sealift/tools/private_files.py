"""Temporary files and directories that disappear however the process ends.

Their names contain the number of the process: a directory is ``sealift-PID-RANDOM``, a file
``.NAME.sealift-PID-RANDOM.tmp``. Each is locked while it is in use. So another process can tell
what a killed one has left (`sealift.tools.leftovers`).

`remove_all` is for the handler of a signal that ends the process. For it alone this module keeps
a list of what exists; everything else is removed when its ``with`` block ends.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

from sealift.tools.disk_space import is_full
from sealift.tools.leftovers import lock, sweep_directories
from sealift.tools.messages import WORK_DIRECTORY_FULL, WORK_DIRECTORY_UNUSABLE

Made = TypeVar("Made")

_EXISTING: set[Path] = set()
_MAKING = threading.RLock()  # a signal handler may interrupt the thread that holds it
_LOCK_SECONDS = 2.0
_ATTEMPTS = 100
_NAME_BYTES = 200  # a file name has at most 255 bytes, so a long name is shortened
_ending = False


@contextmanager
def work_directory() -> Iterator[Path]:
    """Make a private directory in the system's temporary directory, and remove it at the end.

    The first call removes what killed processes of the same user have left there.

    Raises:
        OutputError: ``work-directory-unusable``: it cannot be made; or ``work-directory-full``:
            a file could not be written because the disk is full.
    """
    try:
        parent = _system_directory()
    except OSError as error:
        raise WORK_DIRECTORY_UNUSABLE.error(
            directory="The temporary directory", reason=error.strerror or error
        ) from error
    sweep_directories(parent)
    path = parent / f"sealift-{_unique()}"
    try:
        make(path, lambda: path.mkdir(mode=0o700))
        descriptor = _lock_directory(path)
    except OSError as error:
        raise WORK_DIRECTORY_UNUSABLE.error(directory=path, reason=error.strerror) from error
    try:
        yield path
    except OSError as error:
        if is_full(error):
            raise WORK_DIRECTORY_FULL.error(directory=path, reason=error.strerror) from error
        raise
    finally:
        _remove(path)
        if descriptor >= 0:
            os.close(descriptor)


def _system_directory() -> Path:
    """Return where temporary files belong.

    Python's own search writes a file into each directory that it tries, and a killed process would
    leave it there. So it is only made if neither the environment nor ``/tmp`` decides.
    """
    named = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")]
    for directory in (*named, "/tmp" if os.name == "posix" else None):  # noqa: S108
        if directory and Path(directory).is_dir() and os.access(directory, os.W_OK | os.X_OK):
            return Path(directory).absolute()
    return Path(tempfile.gettempdir())


def temporary_name(name: str) -> str:
    """Return the name of a temporary file for a file with this name."""
    return f".{os.fsdecode(os.fsencode(name)[:_NAME_BYTES])}.sealift-{_unique()}.tmp"


def make(path: Path, create: Callable[[], Made]) -> Made:
    """Create a file or directory that a signal handler removes; return what ``create`` returns.

    Raises:
        OSError: as ``create``.
    """
    with _MAKING:
        if _ending:
            _wait_for_the_end()
        _EXISTING.add(path)
        try:
            return create()
        except OSError:
            _EXISTING.discard(path)
            raise


def remove_file(path: Path) -> None:
    """Remove a file that `make` created; its absence is not an error.

    Raises:
        OSError: it cannot be removed.
    """
    path.unlink(missing_ok=True)
    _EXISTING.discard(path)


def remove_directory(path: Path) -> None:
    """Remove a directory that `make` created, with what is in it; its absence is not an error."""
    _remove(path)


def replace_file(path: Path, create: Callable[[Path], object]) -> None:
    """Have a file made under a temporary name beside its place, and rename it into place.

    Raises:
        OSError: as ``create``, or it cannot be renamed; then nothing is left.
    """
    unfinished = path.with_name(temporary_name(path.name))
    try:
        make(unfinished, lambda: create(unfinished))
        unfinished.replace(path)
        is_renamed(unfinished)
    finally:
        remove_file(unfinished)


def is_renamed(path: Path) -> None:
    """Record that what `make` created has another name now, and is no longer temporary."""
    _EXISTING.discard(path)


def remove_all() -> None:
    """Remove every temporary file and directory; other threads can make none afterwards.

    To be called by the main thread, immediately before the process ends.
    """
    global _ending
    _ending = True
    # Another thread may be making one at this moment. If it takes long, a later build removes it.
    _MAKING.acquire(timeout=_LOCK_SECONDS)
    for path in list(_EXISTING):
        with contextlib.suppress(OSError):
            _remove(path)


def _remove(path: Path) -> None:
    """Remove a file or a directory, to which other threads may still be adding files."""
    for _ in range(_ATTEMPTS):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        if not os.path.lexists(path):
            break
    _EXISTING.discard(path)


def _lock_directory(path: Path) -> int:
    """Lock a directory and return the descriptor to close; -1 if this system opens none."""
    if os.name == "nt":
        return -1
    descriptor = os.open(path, os.O_RDONLY)
    lock(descriptor)
    return descriptor


def _unique() -> str:
    return f"{os.getpid()}-{secrets.token_hex(8)}"


def _wait_for_the_end() -> NoReturn:
    while True:
        threading.Event().wait()

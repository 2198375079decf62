"""The directories in which Node is compiled, below the cache::

    builds/<version>-<platform>-<arch>-<digest>/
        tree/           Node's source with the patches, and everything that is compiled
        laid-out        exists when the source is complete
        configured      exists when configure has finished
        compiling       exists while make runs, or if it was killed
    builds/<...>.log    output of the commands; it is not removed
    builds/<...>.lock   held by the processes that work in the directory, compilers included
    sources/            tarballs of Node's source, checked

The digest covers everything that decides what is compiled: the source, the patches, the compilers
and the options. So the same command continues an interrupted build, and another command starts a
new one. What is compiled is kept until the binary is in the cache.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sealift.cache import make_directory, require_trusted
from sealift.model import Observer

_MADE = "out/Release"  # on all systems, the build makes everything in it
_YOUNG_SECONDS = 2.0


class WorkDirectory:
    """One directory in which Node is compiled."""

    def __init__(self, builds: Path, name: str) -> None:
        self.folder = builds / name
        self.tree = self.folder / "tree"
        self.log = builds / f"{name}.log"
        self._lock = builds / f"{name}.lock"

    @contextmanager
    def held(self, what: str, observer: Observer) -> Iterator[int]:
        """Lock the directory; yield the lock's file descriptor, which started processes inherit.

        So compilers that outlive a killed run are waited for. A lock of `sealift.cache` cannot be
        inherited.

        Raises:
            NodeError: ``cache-untrusted``: another user could change what is run there.
        """
        make_directory(self.folder.parent)
        require_trusted(self.folder)
        if os.name == "nt":
            yield -1
            return
        import fcntl

        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                observer.stage(f"waiting for another build of {what} in {self.folder}")
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def once(self, name: str, do: Callable[[], None]) -> None:
        """Do a step, unless it has finished before."""
        mark = self.folder / name
        if not mark.exists():
            do()
            mark.touch()

    def begin_tree(self) -> None:
        """Remove an incomplete tree, and make the directory."""
        shutil.rmtree(self.folder, ignore_errors=True)
        make_directory(self.folder)

    @contextmanager
    def compiling(self) -> Iterator[None]:
        """Mark that make runs; first remove files that a killed build may have left truncated.

        They are among the youngest files, and may be of any kind: a linked program, a list of
        headers that make reads, generated code. make itself removes the files of programs that it
        ends.
        """
        mark = self.folder / "compiling"
        if mark.exists():
            made = [
                (status.st_mtime, path)
                for path in (self.tree / _MADE).rglob("*")
                if stat.S_ISREG((status := path.lstat()).st_mode)
            ]
            newest = max((time for time, _ in made), default=0.0)
            for time, path in made:
                if time >= newest - _YOUNG_SECONDS:
                    path.unlink()
        mark.touch()
        try:
            yield
        finally:
            mark.unlink()

    def discard(self) -> None:
        """Remove everything except the log."""
        shutil.rmtree(self.folder, ignore_errors=True)

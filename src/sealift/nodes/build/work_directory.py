"""The directories that Node is compiled in, below the cache::

    builds/<version>-<platform>-<arch>-<digest>/
        tree/           Node's source with the patches, and all that is compiled
        laid-out        the source is complete
        configured      configure has come to its end
        compiling       make has not come to an end: it runs, or was killed
    builds/<...>.log    all that the commands said; it stays
    builds/<...>.lock   held by who works in the directory, its compilers included
    sources/            tarballs of Node's source, checked

The digest is one of everything that decides what is compiled: the source, the patches, the
compilers and the options. So the same command goes on where another was interrupted, and another
command begins anew. What is compiled is kept until the binary is in the cache.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sealift.cache import make_directory
from sealift.model import Observer

_MADE = "out/Release"  # below it is nothing but what the build makes, on all systems
_YOUNG_SECONDS = 2.0


class WorkDirectory:
    """One of them."""

    def __init__(self, builds: Path, name: str) -> None:
        self.folder = builds / name
        self.tree = self.folder / "tree"
        self.log = builds / f"{name}.log"
        self._lock = builds / f"{name}.lock"

    @contextmanager
    def held(self, what: str, observer: Observer) -> Iterator[int]:
        """Have it for ourselves; give the file descriptor that processes started here shall keep.

        So what an earlier run has left running, if it was killed, is waited for.
        """
        make_directory(self.folder.parent)
        if os.name == "nt":
            yield -1
            return
        import fcntl

        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                observer.stage(f"waiting for what compiles {what} in {self.folder}")
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def once(self, name: str, do: Callable[[], None]) -> None:
        """Do a step, unless it was done to its end before."""
        mark = self.folder / name
        if not mark.exists():
            do()
            mark.touch()

    def begin_tree(self) -> None:
        """Do away with a tree that is not complete."""
        shutil.rmtree(self.folder, ignore_errors=True)
        make_directory(self.folder)

    @contextmanager
    def compiling(self) -> Iterator[None]:
        """Go on with what is compiled, without files that a killed build may have left cut off.

        make removes those of programs that it ends itself; else they are among the youngest. It
        may be any: a linker's program, a list of headers that make reads, generated code.
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
        """Do away with all but the log."""
        shutil.rmtree(self.folder, ignore_errors=True)

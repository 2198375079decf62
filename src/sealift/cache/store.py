"""Making entries of the cache, by several processes at the same time.

An entry is made in ``tmp/<name>.<random>/``, on the same file system, and renamed into its place by
the process that holds ``locks/<name>.lock``. So an entry is complete or missing. A process that is
killed leaves a directory in ``tmp``, which the next build removes when nobody holds the lock of
that name. Reading an entry takes no lock.

A file that arrives over the network is different (`Store.arriving`): what has arrived stays in
``downloads/<digest>/`` for the next build, for a week.

Directories have mode 0700, files 0600 or, if they can be executed, 0700.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from sealift.cache import messages, places
from sealift.cache.evict import touch
from sealift.cache.files import make_directory, make_private, write_file
from sealift.cache.places import Place, has_lock_beside
from sealift.cache.records import write_record
from sealift.cache.trust import require_trusted, require_trusted_directory
from sealift.errors import NodeError, SealiftError
from sealift.model import Observer

_WAIT_SECONDS = 0.2
_LOCK_MODE = 0o600
_OLD_DOWNLOAD_SECONDS = 7 * 24 * 3600.0
RECORD = "entry.json"
"""Name of an entry's record; a directory without it is a missing entry."""

TAG = "CACHEDIR.TAG"
"""Backup programs do not save a directory with this file (bford.info/cachedir)."""
_TAG_CONTENT = (
    b"Signature: 8a477f597d28d172789f06886e55bba8\n# This directory is the cache of sealift.\n"
)


def cache_root(chosen: Path | None) -> Path:
    """Return the cache's directory: the chosen one, or the environment's, or the user's own.

    The environment's is ``SEALIFT_CACHE``, or ``sealift`` in ``PKG_CACHE_PATH``.
    """
    if chosen is not None:
        return chosen
    if named := os.environ.get("SEALIFT_CACHE"):
        return Path(named)
    if named := os.environ.get("PKG_CACHE_PATH"):
        return Path(named) / "sealift"
    from platformdirs import user_cache_path

    return user_cache_path("sealift", appauthor=False)


class Store:
    """One cache directory.

    Attributes:
        root: absolute path; the directory need not exist.
    """

    def __init__(self, root: Path) -> None:
        """Check that the directory can be trusted; nothing is made.

        Raises:
            NodeError: ``cache-untrusted``: another user owns it or can write to it; or
                ``cache-unusable``: it is relative to a directory that does not exist.
        """
        # Absolute, so that commands that run in other directories find the same cache.
        self.root = _absolute(root)
        require_trusted(self.root)

    def path(self, place: Place, name: str) -> Path:
        """Return the path of an entry, which need not exist."""
        return self.root / place.directory / name

    def directory(self, place: Place) -> Path:
        """Return the directory with the entries of one place, which need not exist.

        Raises:
            NodeError: ``cache-untrusted``: another user owns it or can write to it.
        """
        directory = self.root / place.directory
        require_trusted_directory(self.root, directory)
        return directory

    def make(
        self,
        entry: Path,
        what: str,
        is_complete: Callable[[], bool],
        fill: Callable[[Path], None],
        observer: Observer,
    ) -> None:
        """Make a directory complete or not at all, once for all processes that need it.

        Args:
            entry: the directory to make; it is replaced if it is not complete.
            what: its name in messages.
            is_complete: returns True if the entry is there already.
            fill: makes the directory ``entry`` in the empty directory that it is called with.
            observer: notified when another process is waited for.

        Raises:
            NodeError: the cache cannot be written, or not be trusted; or as ``fill``.
        """
        import shutil
        import tempfile

        with self.writing():
            for needed in (self.root / "locks", self.root / "tmp", entry.parent):
                make_directory(needed)
            self._tag()
        require_trusted(self.root)
        with self._locked(entry, what, observer):
            if is_complete():
                return
            with self.writing():
                work = Path(tempfile.mkdtemp(prefix=f"{entry.name}.", dir=self.root / "tmp"))
                try:
                    fill(work)
                    make_private(work / "entry")
                    remove(entry)
                    (work / "entry").rename(entry)
                finally:
                    shutil.rmtree(work, ignore_errors=True)

    @contextmanager
    def arriving(self, asked: str, what: str, observer: Observer) -> Iterator[Path]:
        """Hold the path of a file that is fetched; what has arrived stays for the next run.

        One process at a time has the path. The file is removed at the end of the block. It is also
        removed if it is not usable (SealiftError) or cannot be written (OSError), as it may be what
        fills the disk; it stays if the block ends otherwise, as the network does or the user.

        Args:
            asked: tells the file from all others: its address, or its digest.
            what: its name in messages.
            observer: notified when another process is waited for.

        Raises:
            NodeError: the cache cannot be written, or not be trusted.
        """
        import hashlib
        import shutil

        folder = self.path(places.DOWNLOADS, hashlib.sha256(os.fsencode(asked)).hexdigest())
        with self.writing():
            for needed in (self.root / "locks", folder.parent):
                make_directory(needed)
            self._tag()
        self.directory(places.DOWNLOADS)
        with self._locked(folder, what, observer), self.writing():
            make_directory(folder)
            touch(folder)
            file, stays = folder / "file", False
            try:
                yield file
            except (OSError, SealiftError):
                raise
            except BaseException:
                stays = file.exists()
                raise
            finally:
                if not stays:
                    shutil.rmtree(folder, ignore_errors=True)

    def remember(self, path: Path, record: msgspec.Struct) -> None:
        """Write a record that is an entry by itself, if the cache can be written."""
        with contextlib.suppress(OSError):
            self._tag()
            write_record(path, record)

    def lost(self) -> NodeError:
        """Return the error for an entry that is missing right after it was made."""
        return messages.CACHE_LOSES_FILES.error(root=self.root)

    def sweep(self) -> None:
        """Remove what killed processes have left in ``tmp``, and old files that were interrupted.

        Never wait, never fail.
        """
        for work in _entries(self.root / "tmp"):
            self._sweep(work, work.with_name(work.name.rpartition(".")[0]))
        for folder in places.DOWNLOADS.entries(self.root):
            with contextlib.suppress(OSError):
                if time.time() - folder.lstat().st_mtime > _OLD_DOWNLOAD_SECONDS:
                    self._sweep(folder, folder)

    def _sweep(self, path: Path, entry: Path) -> None:
        """Remove a directory unless another process makes the entry that it is for."""
        with contextlib.suppress(OSError), self.unless_locked(entry) as is_free:
            if is_free:
                import shutil

                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def unless_locked(self, entry: Path) -> Iterator[bool]:
        """Hold the lock of an entry and return True; return False if another process holds it.

        Raises:
            OSError: the cache cannot be written.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(self._lock_file(entry), mode=_LOCK_MODE)
        try:
            lock.acquire(timeout=0)
        except (Timeout, RuntimeError):  # RuntimeError: this thread holds it
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Turn an OSError into the NodeError ``cache-unusable``."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or error
            raise messages.CACHE_UNUSABLE.error(root=self.root, reason=reason) from error

    @contextmanager
    def _locked(self, entry: Path, what: str, observer: Observer) -> Iterator[None]:
        from filelock import FileLock, Timeout

        lock = FileLock(self._lock_file(entry), mode=_LOCK_MODE)
        with self.writing():
            try:
                lock.acquire(timeout=0)
            except Timeout:
                observer.stage(f"waiting for another build that fetches {what}")
                lock.acquire(poll_interval=_WAIT_SECONDS)
        try:
            yield
        finally:
            lock.release()

    def _lock_file(self, entry: Path) -> Path:
        if has_lock_beside(entry, self.root):
            name = entry.name.removesuffix(".log")
            return entry.with_name(f"{name}.lock")
        return self.root / "locks" / f"{entry.name}.lock"

    def _tag(self) -> None:
        if not (self.root / TAG).exists():
            write_file(self.root / TAG, _TAG_CONTENT)


def remove(entry: Path) -> None:
    """Remove an entry, if it exists; a directory's record goes first, so it is never half there.

    Raises:
        OSError: it cannot be removed.
    """
    import shutil

    if entry.is_dir() and not entry.is_symlink():
        (entry / RECORD).unlink(missing_ok=True)
        shutil.rmtree(entry)
    else:
        entry.unlink(missing_ok=True)


def _entries(directory: Path) -> list[Path]:
    try:
        return list(directory.iterdir())
    except OSError:
        return []


def _absolute(root: Path) -> Path:
    with contextlib.suppress(RuntimeError):  # `~` without a home directory
        root = root.expanduser()
    try:
        return root.absolute()
    except OSError:
        reason = "the working directory does not exist"
        raise messages.CACHE_UNUSABLE.error(root=root, reason=reason) from None

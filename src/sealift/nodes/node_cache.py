"""The cache of Node binaries.

Layout, below one directory of the user's own (mode 0700)::

    nodes/<version>-<platform>-<arch>-<place>/   one binary: complete or missing
        node[.exe]
        libraries/<name>                         of a musl Node: what came with it
        entry.json                               digests, facts, what it was checked as
    files/<digest of the path>.json              digest and facts of a binary named by the user
    index/<place>-<question>.json                see `sealift.nodes.release_index`
    npm-client/                                  see `sealift.nodes.npm_client`
    locks/<name>.lock                            who makes <name> holds it
    tmp/<name>.<random>/                         work in progress of the lock's holder

An entry is made under ``tmp`` (the same file system) and renamed into place, under its lock; so
whoever is killed leaves at most a directory in ``tmp``, which the next run removes once nobody
holds the lock it is named for. Looking an entry up takes no lock.

``entry.json`` holds the file's size, times and inode number as they were when its digest was last
found right. As long as they are the same the digest is trusted, else it is computed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from sealift.cache.records import (
    DigestMismatchError,
    appearance_of,
    checked,
    load,
    record_of,
    store,
)
from sealift.errors import NodeError
from sealift.formats.node_facts import NodeFacts
from sealift.model import Library, NodeBinary, Observer
from sealift.nodes.provider import LIBRARIES, Release
from sealift.target import Arch, NodeVersion, Platform

FORMAT = 1
"""Raise it when the layout, or the meaning of a fact, changes: older entries are made anew."""

_CHUNK = 1 << 20
_WAIT_SECONDS = 0.2


def cache_root(chosen: Path | None) -> Path:
    """Give the cache's directory: the one chosen, or what the environment says, or the user's."""
    if chosen is not None:
        return chosen
    if named := os.environ.get("SEALIFT_CACHE"):
        return Path(named)
    if named := os.environ.get("PKG_CACHE_PATH"):
        return Path(named) / "sealift"
    from platformdirs import user_cache_path

    return user_cache_path("sealift", appauthor=False)


def binary_name(platform: Platform) -> str:
    """Name Node's binary as its platform does."""
    return f"node{platform.facts.executable_suffix}"


class Cache:
    """One cache directory."""

    def __init__(self, root: Path) -> None:
        # Absolute, so that commands run in other directories find the same one.
        self.root = root.expanduser().absolute()

    def releases(self, place: str, source: str) -> list[Release]:
        """List what is cached of one source, by the names of the entries alone."""
        found = []
        try:
            names = [entry.name for entry in (self.root / "nodes").iterdir()]
        except OSError:
            return []
        for name in names:
            version, _, rest = name.partition("-")
            platform, _, rest = rest.partition("-")
            arch, _, entry_place = rest.partition("-")
            if entry_place != place:
                continue
            with contextlib.suppress(ValueError):
                found.append(
                    Release(
                        NodeVersion.parse(version), Platform(platform), Arch(arch), source, "", ""
                    )
                )
        return found

    def has(self, release: Release, place: str) -> bool:
        """Tell whether a release's binary is cached (it is not checked)."""
        return (self._entry(release, place) / "entry.json").is_file()

    def find(self, release: Release, place: str) -> NodeBinary | None:
        """Give a release's binary if it is cached, its digest checked if the file has changed.

        Raises:
            DigestMismatchError: it is not the file that was cached.
        """
        folder = self._entry(release, place)
        record = load(folder / "entry.json", FORMAT)
        path = folder / binary_name(release.platform)
        try:
            facts = NodeFacts(**record["facts"])
            sha256, origin = str(record["sha256"]), str(record["origin"])
            size, changed = checked(path, record)
            listed = record["libraries"] if release.platform.facts.libc == "musl" else {}
            libraries = []
            for name, recorded in listed.items():
                library = folder / LIBRARIES / name
                library_size, differs = checked(library, recorded)
                changed |= differs
                libraries.append(Library(name, library, library_size, str(recorded["sha256"])))
        except (OSError, KeyError, TypeError, AttributeError):
            return None
        if changed:
            with contextlib.suppress(OSError):
                store(folder / "entry.json", record)
        return NodeBinary(
            version=release.version,
            platform=release.platform,
            arch=release.arch,
            path=path,
            size=size,
            sha256=sha256,
            source=release.source,
            origin=origin,
            facts=facts,
            libraries=tuple(libraries),
        )

    def add(
        self,
        release: Release,
        place: str,
        make: Callable[[Path], NodeFacts],
        observer: Observer,
    ) -> None:
        """Have an entry made, unless another process makes it meanwhile.

        Args:
            release: what it is.
            place: the source's name in the cache.
            make: writes the binary to the path it is given, and libraries that it comes with to
                a directory beside it, and says what its facts are.
            observer: told when another process is waited for.

        Raises:
            NodeError: the cache cannot be written.
        """
        folder = self._entry(release, place)

        def fill(work: Path) -> None:
            content = work / "entry"
            content.mkdir()
            binary = work / binary_name(release.platform)
            facts = make(binary)
            binary.chmod(0o755)
            binary = binary.rename(content / binary.name)
            record = {
                "format": FORMAT,
                "origin": release.origin,
                **record_of(binary),
                "facts": asdict(facts),
            }
            if release.platform.facts.libc == "musl":
                libraries = content / LIBRARIES
                if (work / LIBRARIES).is_dir():
                    (work / LIBRARIES).rename(libraries)
                files = sorted(libraries.iterdir()) if libraries.is_dir() else []
                record["libraries"] = {file.name: record_of(file) for file in files}
            store(content / "entry.json", record)

        def complete() -> bool:
            with contextlib.suppress(DigestMismatchError):
                return self.find(release, place) is not None
            return False

        self.make_folder(folder, str(release), complete, fill, observer)

    def make_folder(
        self,
        folder: Path,
        what: str,
        complete: Callable[[], bool],
        fill: Callable[[Path], None],
        observer: Observer,
    ) -> None:
        """Put a directory into place whole, once, whoever else wants it at the same time.

        Args:
            folder: the directory to make; it is replaced if it is not complete.
            what: how to name it to people.
            complete: tells whether it is there already.
            fill: is given an empty directory and makes ``entry`` in it.
            observer: told when another process is waited for.

        Raises:
            NodeError: the cache cannot be written.
        """
        import shutil
        import tempfile

        with self._writing():
            for needed in (self.root / "locks", self.root / "tmp", folder.parent):
                make_private(needed)
        with self._locked(folder.name, what, observer):
            if complete():
                return
            with self._writing():
                work = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=self.root / "tmp"))
                try:
                    fill(work)
                    if folder.exists():
                        # Without its record an entry is missing, so it never is half there.
                        (folder / "entry.json").unlink(missing_ok=True)
                        shutil.rmtree(folder)
                    (work / "entry").rename(folder)
                finally:
                    shutil.rmtree(work, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what killed processes have left in ``tmp``; never waits, never fails."""
        try:
            left = list((self.root / "tmp").iterdir())
        except OSError:
            return
        if not left:
            return
        import shutil

        from filelock import FileLock, Timeout

        for work in left:
            lock = FileLock(self.root / "locks" / f"{work.name.rpartition('.')[0]}.lock")
            with contextlib.suppress(Timeout, OSError, RuntimeError), lock.acquire(timeout=0):
                shutil.rmtree(work, ignore_errors=True)

    def recall_file(self, path: Path) -> tuple[str, NodeFacts] | None:
        """Give digest and facts of a file that the user named, if it has not changed since."""
        record = load(self._file_record(path), FORMAT)
        try:
            if record["checked_as"] == appearance_of(path.stat()):
                return str(record["sha256"]), NodeFacts(**record["facts"])
        except (OSError, KeyError, TypeError):
            pass
        return None

    def remember_file(self, path: Path, sha256: str, facts: NodeFacts, was: os.stat_result) -> None:
        """Keep digest and facts of a file that the user named, if the cache can be written."""
        record = self._file_record(path)
        with contextlib.suppress(OSError):
            make_private(record.parent)
            store(
                record,
                {
                    "format": FORMAT,
                    "path": str(path),
                    "sha256": sha256,
                    "checked_as": appearance_of(was),
                    "facts": asdict(facts),
                },
            )

    def _entry(self, release: Release, place: str) -> Path:
        return self.root / "nodes" / f"{release.version}-{release.platform}-{release.arch}-{place}"

    def _file_record(self, path: Path) -> Path:
        name = hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
        return self.root / "files" / f"{name}.json"

    @contextmanager
    def _locked(self, name: str, what: str, observer: Observer) -> Iterator[None]:
        from filelock import FileLock, Timeout

        lock = FileLock(self.root / "locks" / f"{name}.lock")
        with self._writing():
            try:
                lock.acquire(timeout=0)
            except Timeout:
                observer.stage(f"waiting for another build that fetches {what}")
                lock.acquire(poll_interval=_WAIT_SECONDS)
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise NodeError(
                "cache-unusable",
                f"The cache directory {self.root} cannot be used: {error.strerror or error}.",
                "Make room or mend its permissions, or name another directory"
                " (--cache DIR, or SEALIFT_CACHE).",
            ) from error


def make_private(folder: Path) -> None:
    """Make a directory right below the cache's root, and the root, for their owner alone."""
    for path in (folder.parent, folder):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

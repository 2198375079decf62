"""Fetched packages in the cache (`sealift.cache`).

::

    addons/<name>-<version>-<digest>/   one package, complete or missing; "/" in names is "+"
        package/...                     its files
        entry.json                      the tarball's integrity; digest and times of each file
    manifests/<digest>.json             what a registry said about one dependency

The digest in the name is that of the integrity that was asked for. Each file is checked by its
record; a package with a changed file is fetched again.
"""

from __future__ import annotations

import contextlib
import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import msgspec

from sealift.addons.integrity import integrity_of
from sealift.cache import (
    DigestMismatchError,
    FileRecord,
    Store,
    make_directory,
    places,
    read_record,
    record_of,
    touch,
    verified,
    write_record,
)
from sealift.lockfiles import PackageVersion, read_supported_platforms
from sealift.model import Observer

_RECORD = "entry.json"
_USED = 60.0  # seconds after which another use of an entry is noted
_CHUNK = 1 << 20
_LARGEST = 2 << 30
_MOST_FILES = 50_000
_RESERVED = {"con", "prn", "aux", "nul"}


class ArchiveError(Exception):
    """A tarball cannot be used; the message is a clause to follow its name."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A package in the cache.

    Attributes:
        directory: with its package.json.
        integrity: of the tarball that it was made of.
        origin: where it came from, for people; "" for a registry.
    """

    directory: Path
    integrity: str
    origin: str = ""


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a package; its files by their paths in ``package/``."""

    format: Literal[2] = 2
    integrity: str
    origin: str
    files: dict[str, FileRecord]


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a registry said about a dependency."""

    format: Literal[2] = 2
    name: str
    registry_name: str
    version: str
    integrity: str
    os: Any = None
    cpu: Any = None
    libc: Any = None


class PackageCache:
    """Fetched packages, and what registries said about packages."""

    def __init__(self, store: Store, observer: Observer) -> None:
        self._store = store
        self._observer = observer

    def find(self, name: str) -> Stored | None:
        """Return a package by the name of its entry; None if it is missing or was changed."""
        folder = self._store.path(places.ADDONS, name)
        record = read_record(folder / _RECORD, _Entry)
        if record is None:
            return None
        package = folder / "package"
        try:
            files = {path: verified(package / path, known) for path, known in record.files.items()}
        except (OSError, DigestMismatchError):
            return None
        if files != record.files:
            with contextlib.suppress(OSError):
                write_record(folder / _RECORD, msgspec.structs.replace(record, files=files))
        touch(folder, _USED)
        return Stored(package, record.integrity, record.origin)

    def add(self, name: str, tarball: Path, what: str, *, strip: bool, origin: str = "") -> None:
        """Unpack a tarball into an entry, unless another process does so meanwhile.

        Args:
            name: of the entry.
            tarball: its digest has been compared.
            what: its name in messages.
            strip: leave out the one directory that contains all files, as in npm's packages.
            origin: where it came from.

        Raises:
            ArchiveError: the tarball is broken or names files that no package may have.
            NodeError: the cache cannot be written.
        """

        def fill(work: Path) -> None:
            content = work / "entry" / "package"
            content.mkdir(parents=True)
            with tarball.open("rb") as stream:
                files = unpack(stream, content, strip=strip)
            record = _Entry(
                integrity=integrity_of(tarball),
                origin=origin,
                files={path: record_of(content / path) for path in files},
            )
            write_record(work / "entry" / _RECORD, record)

        def is_complete() -> bool:
            return self.find(name) is not None

        folder = self._store.path(places.ADDONS, name)
        self._store.make(folder, what, is_complete, fill, self._observer)

    def recall(self, key: str) -> PackageVersion | None:
        """Return what a registry said about a dependency before; None if nothing."""
        answer = read_record(self._answer(key), _Answer)
        if answer is None:
            return None
        return PackageVersion(
            answer.name,
            answer.registry_name,
            answer.version,
            answer.integrity,
            read_supported_platforms(msgspec.structs.asdict(answer)),
        )

    def remember(self, key: str, pin: PackageVersion) -> None:
        """Keep what a registry said, if the cache can be written."""
        if not pin.integrity or pin.platforms is None:
            return
        answer = _Answer(
            name=pin.name,
            registry_name=pin.registry_name,
            version=pin.version,
            integrity=pin.integrity,
            os=pin.platforms.os,
            cpu=pin.platforms.cpu,
            libc=pin.platforms.libc,
        )
        self._store.remember(self._answer(key), answer)

    def _answer(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        return self._store.path(places.REGISTRY_ANSWERS, f"{name}.json")


def entry_name(name: str, version: str, integrity: str) -> str:
    """Name an entry: names of packages have a slash at most."""
    digest = hashlib.sha256(integrity.encode()).hexdigest()[:16]
    plain = "".join(c if c.isalnum() or c in "@._+-" else "+" for c in f"{name}-{version}")
    return f"{plain}-{digest}"


def unpack(stream: IO[bytes], directory: Path, *, strip: bool) -> list[str]:
    """Unpack the regular files of a tarball into an empty directory; give their paths.

    Links and special files are passed over: npm packs none. No path leads out of the directory:
    each is made of names that were looked at one by one.

    Raises:
        ArchiveError: it is broken, or a path is not one that a package can have.
    """
    # Imported here: most builds fetch nothing.
    import gzip
    import tarfile
    import zlib

    files: dict[str, str] = {}
    total = 0
    try:
        with (
            gzip.GzipFile(fileobj=stream) as whole,
            tarfile.open(fileobj=whole, mode="r|", bufsize=1 << 16) as opened,
        ):
            for member in opened:
                if not member.isreg():
                    continue
                parts = _parts(member.name, strip=strip)
                total += member.size
                if total > _LARGEST or len(files) >= _MOST_FILES:
                    raise ArchiveError("is larger than any package")
                path = "/".join(parts)
                if files.setdefault(path.lower(), path) != path:
                    raise ArchiveError(f"has two files named {path}")
                content = opened.extractfile(member)
                target = directory.joinpath(*parts)
                if target.is_dir() or any(
                    "/".join(parts[:n]).lower() in files for n in range(len(parts))
                ):
                    raise ArchiveError(f"has a file and a directory named like {path}")
                make_directory(target.parent)
                executable = bool(member.mode & stat.S_IXUSR)
                if content is None or _copy(content, target) != member.size:
                    raise ArchiveError("ends early")
                target.chmod(0o700 if executable else 0o600)
            # To its end, where gzip has its checksum.
            while whole.read(_CHUNK):
                pass
    # The last three: an early end; nonsense in numeric fields.
    except (
        tarfile.TarError,
        zlib.error,
        gzip.BadGzipFile,
        EOFError,
        ValueError,
        OverflowError,
    ) as error:
        raise ArchiveError(f"is broken ({error or type(error).__name__})") from error
    if not files:
        raise ArchiveError("holds no file")
    return sorted(files.values())


def _parts(name: str, *, strip: bool) -> list[str]:
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if strip:
        parts = parts[1:]
    for part in parts:
        strange = part == ".." or "\\" in part or ":" in part or not part.isprintable()
        if strange or part.endswith((" ", ".")) or part.split(".")[0].lower() in _RESERVED:
            raise ArchiveError(f"holds a file named {name!r}")
    if not parts or name.startswith("/"):
        raise ArchiveError(f"holds a file named {name!r}")
    return parts


def _copy(source: IO[bytes], target: Path) -> int:
    total = 0
    # A file that is packed twice is the later one, as for tar.
    with target.open("wb") as out:
        for piece in _pieces(source):
            total += out.write(piece)
    return total


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(_CHUNK):
        yield piece

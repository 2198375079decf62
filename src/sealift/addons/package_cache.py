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
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from sealift.addons.integrity import integrity_of
from sealift.addons.unpack_tarball import unpack
from sealift.cache import (
    DigestMismatchError,
    FileRecord,
    Store,
    is_trusted_below,
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


class Stored(Struct, frozen=True):
    """A package in the cache.

    Attributes:
        directory: directory with its package.json.
        integrity: integrity of its tarball.
        origin: address from which it was fetched, to show; "" for a registry.
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
        if not is_trusted_below(self._store.root, folder):
            return None
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
        """Unpack a tarball into an entry, unless another process is doing so.

        Args:
            name: name of the entry.
            tarball: the tarball, its integrity already checked.
            what: its name in messages.
            strip: omit the one directory that contains all files, as in npm's packages.
            origin: address from which it was fetched.

        Raises:
            ArchiveError: the tarball is broken, or has a path that no package may have.
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

    def arriving(self, url: str, what: str) -> AbstractContextManager[Path]:
        """Hold the path of a file that is fetched, as `Store.arriving` does.

        Raises:
            NodeError: the cache cannot be written, or not be trusted.
        """
        return self._store.arriving(url, what, self._observer)

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

    def remember(self, key: str, package: PackageVersion) -> None:
        """Keep what a registry said, if the cache can be written."""
        if not package.integrity or package.platforms is None:
            return
        answer = _Answer(
            name=package.name,
            registry_name=package.registry_name,
            version=package.version,
            integrity=package.integrity,
            os=package.platforms.os,
            cpu=package.platforms.cpu,
            libc=package.platforms.libc,
        )
        self._store.remember(self._answer(key), answer)

    def _answer(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        return self._store.path(places.REGISTRY_ANSWERS, f"{name}.json")


def entry_name(name: str, version: str, integrity: str) -> str:
    """Return the name of an entry: readable, one component, different for each integrity."""
    digest = hashlib.sha256(integrity.encode()).hexdigest()[:16]
    plain = "".join(c if c.isalnum() or c in "@._+-" else "+" for c in f"{name}-{version}")
    return f"{plain}-{digest}"

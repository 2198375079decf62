"""Node binaries in the cache (`sealift.cache`).

::

    nodes/<version>-<platform>-<arch>-<provider>/   one binary: complete or missing
        node[.exe]
        libraries/<name>                            shared libraries that came with a musl Node
        entry.json                                  digests, facts
    files/<digest of the path>.json                 digest and facts of a binary that a user named
    licences/node-<version>.json                    the licence of a release
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from sealift.cache import (
    DigestMismatchError,
    FileRecord,
    Store,
    is_trusted_below,
    make_private,
    places,
    read_record,
    record_of,
    state_of,
    touch,
    verified,
    write_record,
)
from sealift.formats.node_facts import NodeFacts
from sealift.model import Library, NodeBinary, Observer, Release
from sealift.nodes.provider import LIBRARIES
from sealift.target import Arch, NodeVersion, Platform

_RECORD = "entry.json"
_USED = 60.0  # seconds after which another use of an entry is noted


class _Entry(FileRecord, frozen=True, kw_only=True):
    """The record of a binary; raise the number when the meaning of a fact changes.

    Attributes:
        libraries: by name; None for other platforms than alpine.
    """

    format: Literal[1] = 1
    origin: str
    facts: NodeFacts
    libraries: dict[str, FileRecord] | None = None


class _UserBinary(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a binary outside the cache."""

    format: Literal[1] = 1
    path: str
    sha256: str
    checked_as: tuple[int, int, int, int]
    facts: NodeFacts


def binary_name(platform: Platform) -> str:
    """Return the name of Node's executable on a platform."""
    return f"node{platform.facts.executable_suffix}"


class _Licence(msgspec.Struct, frozen=True, kw_only=True):
    """The licence of a release."""

    format: Literal[1] = 1
    text: str


class NodeCache:
    """The Node binaries in one cache directory.

    Attributes:
        store: the cache that holds them.
    """

    def __init__(self, root: Path) -> None:
        self.store = Store(root)

    @property
    def root(self) -> Path:
        """The cache directory, absolute."""
        return self.store.root

    def sweep(self) -> None:
        """Remove what killed processes have left."""
        self.store.sweep()

    def releases(self, place: str, provider: str) -> list[Release]:
        """Return what is cached of one provider, by the names of the entries alone."""
        found = []
        for entry in places.NODES.entries(self.root):
            version, _, rest = entry.name.partition("-")
            platform, _, rest = rest.partition("-")
            arch, _, entry_place = rest.partition("-")
            if entry_place != place:
                continue
            with contextlib.suppress(ValueError):
                found.append(
                    Release(
                        NodeVersion.parse(version), Platform(platform), Arch(arch), provider, "", ""
                    )
                )
        return found

    def has(self, release: Release, place: str) -> bool:
        """Return True if a release's binary is cached; it is not checked."""
        return (self._entry(release, place) / _RECORD).is_file()

    def find(self, release: Release, place: str) -> NodeBinary | None:
        """Return a release's binary; None if it is not cached.

        Its digest is computed if the file has changed since the last time.

        Raises:
            DigestMismatchError: it is not the file that was cached.
        """
        folder = self._entry(release, place)
        if not is_trusted_below(self.root, folder):
            return None
        record = read_record(folder / _RECORD, _Entry)
        if record is None or (record.libraries is None and release.platform.facts.libc == "musl"):
            return None
        path = folder / binary_name(release.platform)
        listed = record.libraries or {}
        try:
            checked = verified(path, record)
            libraries = {
                name: verified(folder / LIBRARIES / name, known) for name, known in listed.items()
            }
        except OSError:
            return None
        if libraries != listed:
            checked = msgspec.structs.replace(checked, libraries=libraries)
        if checked != record:
            with contextlib.suppress(OSError):
                write_record(folder / _RECORD, checked)
        touch(folder, _USED)
        return NodeBinary(
            version=release.version,
            platform=release.platform,
            arch=release.arch,
            path=path,
            size=checked.size,
            sha256=checked.sha256,
            provider=release.provider,
            origin=checked.origin,
            facts=checked.facts,
            libraries=tuple(
                Library(name, folder / LIBRARIES / name, known.size, known.sha256)
                for name, known in libraries.items()
            ),
        )

    def add(
        self,
        release: Release,
        place: str,
        make: Callable[[Path], NodeFacts],
        observer: Observer,
    ) -> None:
        """Make an entry, unless another process makes it meanwhile.

        Args:
            release: of the binary.
            place: the provider's name in the cache.
            make: writes the binary to the path that it is called with, and the libraries that come
                with it to the directory `LIBRARIES` beside it; returns the binary's facts.
            observer: notified when another process is waited for.

        Raises:
            NodeError: the cache cannot be written; or as ``make``.
        """

        def fill(work: Path) -> None:
            content = work / "entry"
            content.mkdir()
            binary = work / binary_name(release.platform)
            facts = make(binary)
            binary.chmod(0o700)
            binary = binary.rename(content / binary.name)
            libraries = None
            if release.platform.facts.libc == "musl":
                folder = content / LIBRARIES
                if (work / LIBRARIES).is_dir():
                    (work / LIBRARIES).rename(folder)
                    make_private(folder)
                files = sorted(folder.iterdir()) if folder.is_dir() else []
                libraries = {file.name: record_of(file) for file in files}
            known = record_of(binary)
            record = _Entry(
                sha256=known.sha256,
                size=known.size,
                checked_as=known.checked_as,
                origin=release.origin,
                facts=facts,
                libraries=libraries,
            )
            write_record(content / _RECORD, record)

        def is_complete() -> bool:
            with contextlib.suppress(DigestMismatchError):
                return self.find(release, place) is not None
            return False

        entry = self._entry(release, place)
        self.store.make(entry, str(release), is_complete, fill, observer)

    def recall_file(self, path: Path) -> tuple[str, NodeFacts] | None:
        """Return digest and facts of a file that the user named, if it has not changed since."""
        record = read_record(self._user_binary(path), _UserBinary)
        try:
            if record is not None and record.checked_as == state_of(path.stat()):
                return record.sha256, record.facts
        except OSError:
            pass
        return None

    def remember_file(self, path: Path, sha256: str, facts: NodeFacts, was: os.stat_result) -> None:
        """Keep digest and facts of a file that the user named, if the cache can be written."""
        record = _UserBinary(
            # A path that is not UTF-8 has surrogates, which JSON cannot hold; it is for people.
            path=os.fsencode(path).decode("utf-8", "replace"),
            sha256=sha256,
            checked_as=state_of(was),
            facts=facts,
        )
        self.store.remember(self._user_binary(path), record)

    def recall_licence(self, version: NodeVersion) -> str:
        """Return the licence of a release, or "" if none was kept."""
        record = read_record(self._licence(version), _Licence)
        return record.text if record is not None else ""

    def remember_licence(self, version: NodeVersion, text: str) -> None:
        """Keep the licence of a release, if the cache can be written."""
        self.store.remember(self._licence(version), _Licence(text=text))

    def _licence(self, version: NodeVersion) -> Path:
        return self.store.path(places.NODE_LICENCES, f"node-{version}.json")

    def _entry(self, release: Release, place: str) -> Path:
        name = f"{release.version}-{release.platform}-{release.arch}-{place}"
        return self.store.path(places.NODES, name)

    def _user_binary(self, path: Path) -> Path:
        name = hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
        return self.store.path(places.USER_BINARIES, f"{name}.json")

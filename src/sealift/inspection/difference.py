"""How two finished executables differ: ``sealift diff``."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from sealift.inspection.contents import Form, InspectedFile, Inspection, inspect_executable
from sealift.inspection.opened_executable import naming, opened_executable

if TYPE_CHECKING:
    from sealift.payload import BytecodeRecord, OpenedPayload, Record


class Change(Struct, frozen=True):
    """One fact that has two values.

    Attributes:
        what: ``target``, ``Node``, ``sealift``, ``project``, ``entry``, ``Node options``,
            ``ICU data``, ``hardened`` or ``size``.
        before, after: its values.
    """

    what: str
    before: str
    after: str


class PackageChange(Struct, frozen=True):
    """A package that only one executable has, or of which each has another version.

    Attributes:
        before, after: versions; "" where the package is absent.
    """

    name: str
    before: str
    after: str


class FileChange(Struct, frozen=True):
    """A file that only one executable has, or that differs.

    Attributes:
        location: below the directory of the project, or below the mount point for a file outside.
        before, after: bytes that it takes, with its bytecode; None where the file is absent.
        form_before, form_after: in which form it is there; "" where it is absent.
    """

    location: str
    before: int | None
    after: int | None
    form_before: str
    form_after: str


class Difference(Struct, frozen=True):
    """How an executable differs from another.

    Attributes:
        facts: target, Node release, options and the like, and the size in bytes.
        packages: sorted by name.
        files: sorted by location.
        bytecode_compared: scripts without source were compared by their bytecode. False if the
            executables have another Node or platform, because all bytecode differs then; such
            scripts are compared by the length of their source.
    """

    facts: tuple[Change, ...]
    packages: tuple[PackageChange, ...]
    files: tuple[FileChange, ...]
    bytecode_compared: bool

    @property
    def is_empty(self) -> bool:
        """True if no difference was found."""
        return not (self.facts or self.packages or self.files)


def compare_executables(before: Path, after: Path, architecture: str = "") -> Difference:
    """Return how the executable ``after`` differs from ``before``; each may be for any platform.

    Args:
        architecture: which program of a universal file.

    Raises:
        FormatError: one is damaged, or sealift did not build it.
        UsageError: as `opened_executable`.
    """
    first, second = (inspect_executable(one, architecture) for one in (before, after))
    with (
        opened_executable(before, architecture) as (file, _, payload),
        opened_executable(after, architecture) as other,
    ):
        old = _Contents(before, file, payload, first)
        new = _Contents(after, other[0], other[2], second)
        comparable = _machine(first) == _machine(second) and old.code == new.code
        files = tuple(_files(old, new, comparable))
    return Difference(
        facts=tuple(_facts(first, second)),
        packages=tuple(_packages(first, second)),
        files=files,
        bytecode_compared=comparable,
    )


class _Contents:
    """The files of one executable, by their location below the project."""

    def __init__(
        self, path: Path, file: BinaryIO, payload: OpenedPayload, inspection: Inspection
    ) -> None:
        self._path = path
        self._file = file
        self._payload = payload
        records = {record.location: record for record in payload.records}
        caches = {payload.records[cache.record].location: cache for cache in payload.caches}
        root = _root(inspection)
        self.code = payload.config.get("bytecode")
        self.files: dict[str, tuple[InspectedFile, Record, BytecodeRecord | None]] = {
            _below(root, one.location): (one, records[one.location], caches.get(one.location))
            for one in inspection.files
        }

    def digest(self, record: Record) -> bytes:
        """Return the digest of a file's content."""
        return self._digest(self._payload.content(self._file, record))

    def cache_digest(self, cache: BytecodeRecord) -> bytes:
        """Return the digest of a script's bytecode."""
        return self._digest(self._payload.cache(self._file, cache))

    def _digest(self, pieces: Iterator[bytes]) -> bytes:
        found = hashlib.sha256()
        with naming(self._path):
            for piece in pieces:
                found.update(piece)
        return found.digest()


def _files(old: _Contents, new: _Contents, comparable: bool) -> Iterator[FileChange]:
    for location in sorted(old.files.keys() | new.files.keys()):
        first, second = old.files.get(location), new.files.get(location)
        if first is None or second is None or _differ(old, new, location, comparable):
            yield FileChange(
                location,
                None if first is None else first[0].stored + first[0].bytecode,
                None if second is None else second[0].stored + second[0].bytecode,
                "" if first is None else first[0].form,
                "" if second is None else second[0].form,
            )


def _differ(old: _Contents, new: _Contents, location: str, comparable: bool) -> bool:
    """Return True unless a file is the same in both executables."""
    (first, record, cache), (second, other, other_cache) = old.files[location], new.files[location]
    if first.form != second.form or record.size != other.size:
        return True
    if first.form == Form.BYTECODE:
        if not comparable or cache is None or other_cache is None:
            return False
        return old.cache_digest(cache) != new.cache_digest(other_cache)
    # The checksum is that of the stored bytes, which depend on the compression.
    if record.codec == other.codec and record.crc32 == other.crc32:
        return False
    return old.digest(record) != new.digest(other)


def _facts(first: Inspection, second: Inspection) -> Iterator[Change]:
    for what, before, after in (
        ("target", _machine(first), _machine(second)),
        ("Node", first.node, second.node),
        ("sealift", first.sealift, second.sealift),
        ("project", first.project, second.project),
        ("entry", _below(_root(first), first.entry), _below(_root(second), second.entry)),
        ("Node options", " ".join(first.node_options), " ".join(second.node_options)),
        ("ICU data", _languages(first), _languages(second)),
        ("hardened", _yes_or_no(first.hardened), _yes_or_no(second.hardened)),
        ("size", str(first.size), str(second.size)),
        ("compact size", str(first.compact_size), str(second.compact_size)),
    ):
        if before != after:
            yield Change(what, before, after)


def _packages(first: Inspection, second: Inspection) -> Iterator[PackageChange]:
    """Yield packages whose versions differ; where they are installed makes no difference."""
    before, after = _versions(first), _versions(second)
    for name in sorted(before.keys() | after.keys()):
        removed = sorted(before[name] - after[name])
        added = sorted(after[name] - before[name])
        changed = min(len(removed), len(added))
        for old, new in zip(removed[:changed], added[:changed], strict=True):
            yield PackageChange(name, old, new)
        for old in removed[changed:]:
            yield PackageChange(name, old, "")
        for new in added[changed:]:
            yield PackageChange(name, "", new)


def _versions(inspection: Inspection) -> defaultdict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for package in inspection.packages:
        found[package.name].add(package.version or "without a version")
    return found


def _root(inspection: Inspection) -> str:
    """Return the directory of the project, which two builds may have under different names."""
    directory = inspection.entry.rpartition("/")[0]
    holding = [
        package.location
        for package in inspection.packages
        if _is_below(inspection.entry, package.location) and package.name == inspection.project
    ]
    return max(holding, key=len, default=directory)


def _below(root: str, location: str) -> str:
    return location[len(root) + 1 :] if root and _is_below(location, root) else location


def _is_below(location: str, directory: str) -> bool:
    return location.startswith(f"{directory}/")


def _machine(inspection: Inspection) -> str:
    return f"{inspection.platform}-{inspection.architecture}"


def _languages(found: Inspection) -> str:
    return ", ".join(found.languages) or "all languages"


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"


def count_changes(files: Iterable[FileChange]) -> tuple[int, int, int]:
    """Return how many files were added, removed and changed."""
    kinds = [(one.before is None, one.after is None) for one in files]
    return kinds.count((True, False)), kinds.count((False, True)), kinds.count((False, False))

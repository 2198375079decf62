"""The npm packages of which files are in an executable, and which of them use which."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from sealift.model import Project
from sealift.project import Packages

if TYPE_CHECKING:
    from sealift.lockfiles import Lockfile

_MODULES = "node_modules"
_LONGEST = 250  # characters of a name, version or licence; npm's names have 214 at most
_NAME = re.compile(r"(?:@[\w.~-]+/)?[\w.~-]+", re.ASCII)
_VERSION = re.compile(r"[\w.+-]+", re.ASCII)


class PackagedPackage(Struct, frozen=True):
    """A package of which there are files.

    Attributes:
        name, version: as its package.json says; its directory's name, and "", where it does not.
        licence: SPDX expression, or what its package.json says instead; "" if it says nothing.
        directory: on the host, with files of the package that are not packaged too.
        is_app: it is the project itself.
        is_private: its package.json says that it is not published.
        integrity: of its tarball, as the lockfile has it (``sha512-...``), or "".
        uses: indices of the packages that its files load.
    """

    name: str
    version: str
    licence: str
    directory: Path
    is_app: bool
    is_private: bool
    integrity: str
    uses: tuple[int, ...]

    @property
    def is_published(self) -> bool:
        """True if npm may have it: it is not private, and its name and version are possible."""
        possible = _NAME.fullmatch(self.name) and _VERSION.fullmatch(self.version)
        return bool(possible) and not (self.is_app or self.is_private)

    @property
    def label(self) -> str:
        """``name@version``, or the name alone."""
        return f"{self.name}@{self.version}" if self.version else self.name


def packaged_packages(project: Project, lockfile: Lockfile | None) -> tuple[PackagedPackage, ...]:
    """Return the packages of a project: the project itself first, the others by name.

    Args:
        project: as it is packaged for one target.
        lockfile: of the project, if it has one.

    Raises:
        ProjectError: ``lockfile-unreadable``.
    """
    found = _Directories(project)
    owners = {file.location: found.of(file.source, file.of_app) for file in project.files}
    uses: dict[Path, set[Path]] = {owner: set() for owner in owners.values()}
    uses.setdefault(found.app, set())
    for file in project.files:
        owner = owners[file.location]
        targets = (one.target for one in file.resolutions if one.target is not None)
        uses[owner].update(owners[target] for target in targets if target in owners)
    described = {directory: _Described.of(directory, found.data(directory)) for directory in uses}
    order = sorted(
        uses, key=lambda one: (one != found.app, described[one].name, described[one].version, one)
    )
    # Of a package that is installed several times, the first stands for all.
    same: dict[tuple[str, str], Path] = {}
    kept = [
        one
        for one in order
        if one == same.setdefault((described[one].name, described[one].version), one)
    ]
    numbers = {directory: number for number, directory in enumerate(kept)}

    def number(directory: Path) -> int:
        one = described[directory]
        return numbers[same[one.name, one.version]]

    together: list[set[int]] = [set() for _ in kept]
    for directory, used in uses.items():
        together[number(directory)].update(number(one) for one in used)
    return tuple(
        PackagedPackage(
            name=described[directory].name,
            version=described[directory].version,
            licence=described[directory].licence,
            directory=directory,
            is_app=directory == found.app,
            is_private=described[directory].is_private,
            integrity=_integrity(lockfile, described[directory]) if directory != found.app else "",
            uses=tuple(sorted(together[index] - {index})),
        )
        for index, directory in enumerate(kept)
    )


class _Directories:
    """The directories of packages, by those of their files."""

    def __init__(self, project: Project) -> None:
        self._packages = Packages()
        self._known: dict[Path, Path] = {}
        self.app = project.root

    def of(self, source: Path, of_app: bool) -> Path:
        """Return the directory of the package that a file belongs to."""
        if of_app:
            return self.app
        directory = source.parent
        if directory not in self._known:
            self._known[directory] = self._find(directory)
        return self._known[directory]

    def data(self, directory: Path) -> Mapping[str, Any]:
        """Return the package.json in a directory; empty if there is none."""
        package = self._packages.at(str(directory))
        return package.data if package is not None else {}

    def _find(self, directory: Path) -> Path:
        parts = directory.parts
        if _MODULES in parts[:-1]:
            first = len(parts) - parts[::-1].index(_MODULES)
            # Not a directory of a package manager, such as that of Yarn's linker `pnpm`: .store.
            if first < len(parts) and not parts[first].startswith("."):
                scoped = parts[first].startswith("@")
                return Path(*parts[: first + (2 if scoped else 1)])
        for here in (directory, *directory.parents):
            package = self._packages.at(str(here))
            if package is not None and package.name:
                return here
        return self.app  # files of the host, such as those by which programs recognise musl


class _Described(Struct, frozen=True):
    name: str
    version: str
    licence: str
    is_private: bool

    @classmethod
    def of(cls, directory: Path, data: Mapping[str, Any]) -> _Described:
        name, version = data.get("name"), data.get("version")
        return cls(
            name=plain(name) or plain(directory.name) or "unnamed",
            version=plain(version),
            licence=declared_licence(data),
            is_private=data.get("private") is True,
        )


def plain(value: object) -> str:
    """Return a text of a package.json without control characters, and not too long; else ""."""
    if not isinstance(value, str):
        return ""
    shown = "".join(character if character.isprintable() else " " for character in value)
    return " ".join(shown.split())[:_LONGEST]


def declared_licence(data: Mapping[str, Any]) -> str:
    """Return the licence of a package.json as one text; several old entries are alternatives."""
    declared = data.get("license") or data.get("licenses")
    items = declared if isinstance(declared, list) else [declared]
    names = []
    for item in items:
        if isinstance(item, dict):
            item = item.get("type") or item.get("name")
        if text := plain(item):
            names.append(text)
    return (
        names[0]
        if len(names) == 1
        else " OR ".join(f"({name})" if " " in name else name for name in names)
    )


def _integrity(lockfile: Lockfile | None, package: _Described) -> str:
    if lockfile is None or not package.version:
        return ""
    return lockfile.integrity_of(package.name, package.version)

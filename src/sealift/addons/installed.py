"""The packages of a project, as far as their addons need them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from sealift.lockfiles import SupportedPlatforms, read_supported_platforms
from sealift.model import Project, ProjectFile

_MODULES = "node_modules"


@dataclass(frozen=True, slots=True, eq=False)
class Installed:
    """One packaged package.

    Attributes:
        location: of its directory.
        directory: the same on the host.
        data: its package.json.
    """

    location: str
    directory: Path
    data: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """Name under which it is installed, or its own if it stands outside node_modules."""
        head, separator, tail = self.location.rpartition(_MODULES + "/")
        return tail if separator and _is_modules(head) else str(self.data.get("name") or "")

    @property
    def own_name(self) -> str:
        """Name under which it is published."""
        return str(self.data.get("name") or self.name)

    @property
    def version(self) -> str:
        """As package.json says."""
        return str(self.data.get("version") or "")

    @property
    def label(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}" if self.version else self.name or self.location

    @property
    def platforms(self) -> SupportedPlatforms:
        """The machines that it is for."""
        return read_supported_platforms(self.data)

    @property
    def modules(self) -> str:
        """Location of the ``node_modules`` in which its dependencies can be put."""
        head, separator, _ = self.location.rpartition(_MODULES + "/")
        if separator and _is_modules(head):
            return head + _MODULES
        return f"{self.location}/{_MODULES}" if self.location else _MODULES

    def requests(self, *keys: str) -> dict[str, str]:
        """The packages that it asks for, with the versions, under keys of package.json."""
        return requests_of(self.data, *keys)


def requests_of(manifest: Mapping[str, Any], *keys: str) -> dict[str, str]:
    """Return the dependencies, with their version ranges, under keys of a package.json."""
    wanted: dict[str, str] = {}
    for key in keys:
        value = manifest.get(key)
        if isinstance(value, dict):
            wanted.update((n, str(v)) for n, v in value.items() if isinstance(v, str))
    return wanted


class Packages:
    """All packages of a project, by location. Their package.json files are read once."""

    def __init__(self, project: Project) -> None:
        self.by_location: dict[str, Installed] = {}
        self._symlinks = {
            link.location: join(link.location.rpartition("/")[0], link.target)
            for link in project.symlinks
        }
        for file in project.files:
            found = _package_at(file)
            if found is not None:
                self.by_location[found.location] = found

    def __iter__(self) -> Iterator[Installed]:
        return iter(self.by_location.values())

    def owner(self, location: str) -> Installed | None:
        """The package that a packaged file belongs to."""
        while location:
            location = location.rpartition("/")[0]
            found = self.by_location.get(location)
            if found is not None:
                return found
        return None

    def find(self, name: str, location: str) -> Installed | None:
        """The package that a file in the directory ``location`` gets by a name."""
        for modules in module_locations(location):
            place = f"{modules}/{name}"
            found = self.by_location.get(self._symlinks.get(place, place))
            if found is not None:
                return found
        return None


def module_locations(location: str) -> Iterator[str]:
    """The ``node_modules`` that are searched from a directory, nearest first."""
    while True:
        head, _, name = location.rpartition("/")
        if name != _MODULES:
            yield f"{location}/{_MODULES}" if location else _MODULES
        if not location:
            return
        location = head


def join(base: str, relative: str) -> str:
    """Give the location that a relative path leads to."""
    parts = base.split("/") if base else []
    for part in relative.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def below(files: Iterable[ProjectFile], directories: Iterable[str]) -> list[ProjectFile]:
    """Give the files that are in one of the directories, or deeper."""
    heads = tuple(f"{directory}/" for directory in directories)
    return [file for file in files if file.location.startswith(heads)] if heads else []


def _package_at(file: ProjectFile) -> Installed | None:
    location, _, name = file.location.rpartition("/")
    if name != "package.json":
        return None
    head, separator, tail = location.rpartition(_MODULES + "/")
    inside = bool(separator) and _is_modules(head)
    if inside and tail.count("/") != (1 if tail.startswith("@") else 0):
        return None
    try:
        data = msgspec.json.decode(file.source.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None  # told when the project was read
    if not isinstance(data, dict) or not (inside or data.get("name") or file.of_app):
        return None
    return Installed(location, file.source.parent, data)


def _is_modules(head: str) -> bool:
    return not head or head.endswith("/")

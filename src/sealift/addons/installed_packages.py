"""The packaged packages of a project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from sealift.formats.json_nesting import is_nested_deeper
from sealift.model import Project, ProjectFile
from sealift.tools.input_files import NotRegularError, read_regular

if TYPE_CHECKING:
    from sealift.lockfiles import SupportedPlatforms

_MODULES = "node_modules"
_MOST_BYTES = 16 << 20
_MOST_LEVELS = 100


class InstalledPackage(Struct, frozen=True, eq=False):
    """One packaged package.

    Attributes:
        location: location of its directory.
        directory: the directory on the host.
        data: its package.json.
    """

    location: str
    directory: Path
    data: dict[str, Any]

    @property
    def name(self) -> str:
        """Name under which it is installed; outside ``node_modules`` its own name."""
        head, separator, tail = self.location.rpartition(_MODULES + "/")
        return tail if separator and _ends_directory(head) else str(self.data.get("name") or "")

    @property
    def own_name(self) -> str:
        """Name under which it is published."""
        return str(self.data.get("name") or self.name)

    @property
    def version(self) -> str:
        """Version in its package.json, or ""."""
        return str(self.data.get("version") or "")

    @property
    def label(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}" if self.version else self.name or self.location

    @property
    def platforms(self) -> SupportedPlatforms:
        """The platforms that it supports."""
        from sealift.lockfiles import read_supported_platforms  # few projects need it

        return read_supported_platforms(self.data)

    @property
    def modules(self) -> str:
        """Location of the ``node_modules`` into which its dependencies can be put."""
        head, separator, _ = self.location.rpartition(_MODULES + "/")
        if separator and _ends_directory(head):
            return head + _MODULES
        return f"{self.location}/{_MODULES}" if self.location else _MODULES

    @property
    def scripts(self) -> dict[str, Any]:
        """What npm runs at certain times, by their names."""
        scripts = self.data.get("scripts")
        return scripts if isinstance(scripts, dict) else {}

    @property
    def install_script(self) -> str:
        """The command that installs it, or ""."""
        return str(self.scripts.get("install") or "")

    def dependencies(self, *keys: str) -> dict[str, str]:
        """Return its dependencies, with their version ranges, under keys of its package.json."""
        return dependencies_in(self.data, *keys)


class InstalledPackages:
    """All packages of a project, by location. Their package.json files are read once."""

    def __init__(self, project: Project) -> None:
        self.by_location: dict[str, InstalledPackage] = {}
        self._symlinks = {
            link.location: join(link.location.rpartition("/")[0], link.target)
            for link in project.symlinks
        }
        for file in project.files:
            found = _package_at(file)
            if found is not None:
                self.by_location[found.location] = found

    def __iter__(self) -> Iterator[InstalledPackage]:
        return iter(self.by_location.values())

    def owner(self, location: str) -> InstalledPackage | None:
        """Return the package that a packaged file belongs to; None if it belongs to none."""
        while location:
            location = location.rpartition("/")[0]
            found = self.by_location.get(location)
            if found is not None:
                return found
        return None

    def find(self, name: str, location: str) -> InstalledPackage | None:
        """Return the package that Node finds by name from the directory ``location``."""
        for modules in module_locations(location):
            place = f"{modules}/{name}"
            found = self.by_location.get(self._symlinks.get(place, place))
            if found is not None:
                return found
        return None


def read_manifest(path: Path) -> dict[str, Any] | None:
    """Return the content of a package.json; None if it is not an object or cannot be read."""
    try:
        text = read_regular(path, _MOST_BYTES).removeprefix(b"\xef\xbb\xbf")
        data = None if is_nested_deeper(text, _MOST_LEVELS) else msgspec.json.decode(text)
    except (OSError, NotRegularError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return data if isinstance(data, dict) else None


def dependencies_in(manifest: Mapping[str, Any], *keys: str) -> dict[str, str]:
    """Return the dependencies, with their version ranges, under keys of a package.json."""
    found: dict[str, str] = {}
    for key in keys:
        value = manifest.get(key)
        if isinstance(value, dict):
            found.update((name, spec) for name, spec in value.items() if isinstance(spec, str))
    return found


def module_locations(location: str) -> Iterator[str]:
    """Yield the ``node_modules`` that Node searches from a directory, nearest first."""
    while True:
        head, _, name = location.rpartition("/")
        if name != _MODULES:
            yield f"{location}/{_MODULES}" if location else _MODULES
        if not location:
            return
        location = head


def join(base: str, relative: str) -> str:
    """Return the location that a relative path leads to."""
    parts = base.split("/") if base else []
    for part in relative.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def below(files: Iterable[ProjectFile], directories: Iterable[str]) -> list[ProjectFile]:
    """Return the files that are in one of the directories, or deeper."""
    heads = tuple(f"{directory}/" for directory in directories)
    return [file for file in files if file.location.startswith(heads)] if heads else []


def _package_at(file: ProjectFile) -> InstalledPackage | None:
    location, _, name = file.location.rpartition("/")
    if name != "package.json":
        return None
    head, separator, tail = location.rpartition(_MODULES + "/")
    in_modules = bool(separator) and _ends_directory(head)
    if in_modules and tail.count("/") != (1 if tail.startswith("@") else 0):
        return None
    data = read_manifest(file.source)
    # A file that cannot be read was reported when the project was read.
    if data is None or not (in_modules or data.get("name") or file.of_app):
        return None
    return InstalledPackage(location, file.source.parent, data)


def _ends_directory(head: str) -> bool:
    """Return True if ``node_modules`` after ``head`` is a complete name of a directory."""
    return not head or head.endswith("/")

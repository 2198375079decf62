"""Lockfiles: which versions of a project's packages are meant, those for other machines too.

Read are ``package-lock.json`` and ``npm-shrinkwrap.json`` (versions 2 and 3), ``pnpm-lock.yaml``
(versions 6 and 9) and ``yarn.lock`` (of Yarn 1 and of later ones), of the nearest directory upwards
from the project that has one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import msgspec

from sealift.addons.installed import Installed
from sealift.addons.npm_platform import Restriction, restriction_of
from sealift.errors import ProjectError
from sealift.lockfiles.indented import IndentedError, parse
from sealift.lockfiles.pins import Pin, read_spec, texts

_NPM = ("npm-shrinkwrap.json", "package-lock.json")
_PNPM = "pnpm-lock.yaml"
_YARN = "yarn.lock"
_CONDITION = re.compile(r"(os|cpu|libc)=([\w!-]+)")
_PEERS = re.compile(r"\(.*|(?<=\d)_.*")


class Lock(Protocol):
    """A lockfile, read.

    Attributes:
        path: of it.
    """

    path: Path

    def version(self, parent: Installed) -> str | None:
        """The version that is meant of a package that is installed; None if it is not in it."""

    def pin(self, parent: Installed, name: str, spec: str) -> Pin | None:
        """What is meant by a dependency of an installed package; None if it is not in it."""

    def pin_of(self, parent: Pin, name: str, spec: str) -> Pin | None:
        """The same for a dependency of a package that is not installed."""


def open_lock(root: Path) -> Lock | None:
    """Read the lockfile of the project at ``root``.

    Raises:
        ProjectError: ``lockfile-unreadable``.
    """
    for directory in (root, *root.parents):
        for name in _NPM:
            if (path := directory / name).is_file():
                return NpmLock(path, _json(path))
        if (path := directory / _PNPM).is_file():
            return PnpmLock(path, _indented(path))
        if (path := directory / _YARN).is_file():
            return YarnLock(path, _indented(path))
    return None


class NpmLock:
    """npm's lockfile: ``packages`` by their paths (npm's documentation of package-lock.json)."""

    def __init__(self, path: Path, data: dict[str, Any]) -> None:
        self.path = path
        self._packages = _objects(data.get("packages"))
        if not self._packages and data.get("lockfileVersion", 1) == 1 and data.get("dependencies"):
            raise _unreadable(path, "it is of version 1", "Run `npm install` with npm 7 or newer.")
        self._places: dict[Pin, str] = {}

    def version(self, parent: Installed) -> str | None:
        """See `Lock`."""
        entry = self._packages.get(self._place(parent))
        return str(entry.get("version") or "") or None if entry is not None else None

    def pin(self, parent: Installed, name: str, spec: str) -> Pin | None:
        """See `Lock`."""
        del spec
        place = self._place(parent)
        return self._find(place, name) if place in self._packages else None

    def pin_of(self, parent: Pin, name: str, spec: str) -> Pin | None:
        """See `Lock`."""
        del spec
        return self._find(self._places.get(parent, ""), name)

    def _place(self, parent: Installed) -> str:
        place = os.path.relpath(parent.directory, self.path.parent).replace(os.sep, "/")
        return "" if place == "." else place

    def _find(self, start: str, name: str) -> Pin | None:
        for place in _upwards(start, name):
            entry = self._packages.get(place)
            if entry is not None and "version" in entry:
                pin = Pin(
                    name,
                    str(entry.get("name") or name),
                    str(entry["version"]),
                    str(entry.get("integrity") or ""),
                    restriction_of(entry),
                )
                self._places[pin] = place
                return pin
        return None


class PnpmLock:
    """pnpm's lockfile: ``packages`` (and, from version 9, ``snapshots``) by name and version."""

    def __init__(self, path: Path, data: dict[str, Any]) -> None:
        self.path = path
        number = str(data.get("lockfileVersion", ""))
        if not number.startswith(("6", "7", "9")):
            raise _unreadable(
                path,
                f"it is of version {number or 'unknown'}, and 6 and 9 are known",
                "Run `pnpm install` with pnpm 8 or newer.",
            )
        self._packages = {
            _PEERS.sub("", key.removeprefix("/")): entry
            for key, entry in _objects(data.get("packages")).items()
        }
        snapshots = _objects(data.get("snapshots"))
        self._needs = {_PEERS.sub("", key): entry for key, entry in snapshots.items()}

    def version(self, parent: Installed) -> str | None:
        """See `Lock`."""
        name = str(parent.data.get("name") or parent.name)
        if f"{name}@{parent.version}" in self._packages:
            return parent.version
        others = [key for key in self._packages if key.startswith(f"{name}@")]
        return others[0][len(name) + 1 :] if others else None

    def pin(self, parent: Installed, name: str, spec: str) -> Pin | None:
        """See `Lock`."""
        return self._find(f"{parent.data.get('name') or parent.name}@{parent.version}", name, spec)

    def pin_of(self, parent: Pin, name: str, spec: str) -> Pin | None:
        """See `Lock`."""
        return self._find(parent.label, name, spec)

    def _find(self, parent: str, name: str, spec: str) -> Pin | None:
        needs = self._needs.get(parent) or self._packages.get(parent) or {}
        asked = texts(needs.get("optionalDependencies")) | texts(needs.get("dependencies"))
        version = _PEERS.sub("", asked.get(name, spec).removeprefix("/"))
        # An alias has the package's own name before the version.
        label = version if "@" in version[1:] else f"{read_spec(name, spec)[0]}@{version}"
        entry = self._packages.get(label)
        if entry is None:
            return None
        registry_name, _, exact = label.rpartition("@")
        return Pin(
            name,
            registry_name,
            exact,
            texts(entry.get("resolution")).get("integrity", ""),
            restriction_of(entry),
        )


class YarnLock:
    """Yarn's lockfile: entries by what was asked for. Yarn 1's does not tell of machines."""

    def __init__(self, path: Path, data: dict[str, Any]) -> None:
        self.path = path
        self._entries: dict[str, dict[str, Any]] = {}
        for keys, entry in _objects(data).items():
            self._entries.update((key.strip(), entry) for key in keys.split(", "))

    def version(self, parent: Installed) -> str | None:
        """See `Lock`."""
        name = str(parent.data.get("name") or parent.name)
        found = [
            str(entry.get("version"))
            for key, entry in self._entries.items()
            if key.startswith(f"{name}@")
        ]
        return parent.version if parent.version in found else next(iter(found), None)

    def pin(self, parent: Installed, name: str, spec: str) -> Pin | None:
        """See `Lock`."""
        del parent
        return self._find(name, spec)

    def pin_of(self, parent: Pin, name: str, spec: str) -> Pin | None:
        """See `Lock`."""
        del parent
        return self._find(name, spec)

    def _find(self, name: str, spec: str) -> Pin | None:
        entry = self._entries.get(f"{name}@{spec}") or self._entries.get(f"{name}@npm:{spec}")
        if entry is None or not isinstance(entry.get("version"), str):
            return None
        return Pin(
            name,
            read_spec(name, spec)[0],
            entry["version"],
            str(entry.get("integrity") or ""),
            _conditions(entry),
        )


def _conditions(entry: dict[str, Any]) -> Restriction | None:
    if "resolution" not in entry:  # Yarn 1
        return None
    found: dict[str, list[str]] = {}
    for key, value in _CONDITION.findall(str(entry.get("conditions") or "")):
        found.setdefault(key, []).append(value)
    return restriction_of(found)


def _upwards(place: str, name: str) -> Iterator[str]:
    while True:
        if not place.endswith("node_modules"):
            yield f"{place}/node_modules/{name}" if place else f"node_modules/{name}"
        if not place:
            return
        place = place.rpartition("/")[0]


def _objects(value: object) -> dict[str, dict[str, Any]]:
    if not isinstance(value, dict):
        return {}
    return {str(key): item for key, item in value.items() if isinstance(item, dict)}


def _json(path: Path) -> dict[str, Any]:
    try:
        data = msgspec.json.decode(_read(path))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(path, "it is not JSON", "Run `npm install` to make it again.") from error
    return data if isinstance(data, dict) else {}


def _indented(path: Path) -> dict[str, Any]:
    try:
        return parse(_read(path).decode("utf-8", "replace"))
    except IndentedError as error:
        raise _unreadable(path, str(error), "Install again, so that it is made anew.") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise _unreadable(path, reason, "Make it readable.") from error


def _unreadable(path: Path, why: str, remedy: str) -> ProjectError:
    return ProjectError("lockfile-unreadable", f"{path} cannot be used: {why}.", remedy)

"""Yarn's lockfiles: ``yarn.lock`` of Yarn 1, and that of later releases, which is YAML.

Both list packages by what was asked for: ``name@range``, several separated by commas. In YAML the
range has a protocol, such as ``npm:^1.0.0``. Yarn 1 does not record which platforms a package
supports; later releases do not record the integrity that the registry has.

Source: the two writers, ``src/lockfile/stringify.js`` of Yarn 1.22 and ``Project.ts`` of Yarn 4.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sealift.lockfiles import messages
from sealift.lockfiles.fields import objects, only_one, text, versions_by_name
from sealift.lockfiles.lockfile import Lockfile, PackageOnDisk
from sealift.lockfiles.npm_platform import SupportedPlatforms, read_supported_platforms
from sealift.lockfiles.package_version import PackageVersion, parse_dependency
from sealift.lockfiles.yaml_lockfile import read_yaml_object
from sealift.lockfiles.yarn_classic_text import (
    MOST_LEVELS,
    TooDeepError,
    YarnTextError,
    parse_yarn_text,
)

_CONDITION = re.compile(r"(os|cpu|libc)=([\w!-]+)")
# Every lockfile of Yarn 2 or newer has this key; Yarn 1 could not read it.
_BERRY = re.compile(r"^[\"']?__metadata[\"']?:", re.MULTILINE)


def read_yarn_lockfile(path: Path, content: str) -> Lockfile:
    """Return the lockfile in ``content``.

    Raises:
        ProjectError: ``lockfile-unreadable``.
    """
    is_berry = _BERRY.search(content) is not None
    entries = read_yaml_object(path, content) if is_berry else _read_classic(path, content)
    by_descriptor = {
        descriptor.strip(): entry
        for descriptors, entry in objects(entries).items()
        for descriptor in descriptors.split(", ")
    }
    return _YarnLockfile(path, by_descriptor, has_platforms=is_berry)


class _YarnLockfile:
    """See `Lockfile`. The key of an entry is a descriptor, such as ``name@npm:^1.0.0``."""

    def __init__(
        self, path: Path, entries: dict[str, dict[str, Any]], *, has_platforms: bool
    ) -> None:
        self.path = path
        self._entries = entries
        self._has_platforms = has_platforms
        self._ranges = versions_by_name(entries)

    def version_of(self, package: PackageOnDisk) -> str | None:
        """See `Lockfile`."""
        name = package.own_name
        versions = [
            text(self._entries[f"{name}@{each}"].get("version"))
            for each in self._ranges.get(name, ())
        ]
        return package.version if package.version in versions else next(iter(versions), None)

    def integrity_of(self, name: str, version: str) -> str:
        """See `Lockfile`."""
        found = []
        for installed, ranges in self._ranges.items():
            for spec in ranges:
                entry = self._entries[f"{installed}@{spec}"]
                if text(entry.get("version")) != version:
                    continue
                if parse_dependency(installed, spec)[0] == name:
                    found.append(text(entry.get("integrity")))
        return only_one(found)

    def dependency(
        self, parent: PackageOnDisk | PackageVersion, name: str, spec: str
    ) -> PackageVersion | None:
        """See `Lockfile`. Yarn's keys do not depend on the parent."""
        del parent
        for key in (f"{name}@{spec}", f"{name}@npm:{spec}"):
            entry = self._entries.get(key, {})
            if version := text(entry.get("version")):
                return PackageVersion(
                    name,
                    parse_dependency(name, spec)[0],
                    version,
                    text(entry.get("integrity")),
                    _platforms(text(entry.get("conditions"))) if self._has_platforms else None,
                    key,
                )
        return None


def _platforms(conditions: str) -> SupportedPlatforms:
    """Read ``conditions``, such as ``os=linux & cpu=x64 & libc=glibc``."""
    found: dict[str, list[str]] = {}
    for key, value in _CONDITION.findall(conditions):
        found.setdefault(key, []).append(value)
    return read_supported_platforms(found)


def _read_classic(path: Path, content: str) -> dict[str, Any]:
    try:
        return parse_yarn_text(content)
    except YarnTextError as error:
        raise messages.NOT_YARN_CLASSIC.error(
            path=path, line=error.line, reason=error.reason
        ) from error
    except TooDeepError as error:
        raise messages.TOO_DEEP.error(path=path, limit=MOST_LEVELS) from error

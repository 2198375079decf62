"""npm's lockfiles: ``package-lock.json`` and ``npm-shrinkwrap.json``, versions 2 and 3.

``packages`` lists every installed package by its path below the lockfile's directory.

Source: npm's documentation of package-lock.json.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from sealift.formats.json_nesting import is_nested_deeper
from sealift.lockfiles import messages
from sealift.lockfiles.fields import objects, only_one, text
from sealift.lockfiles.lockfile import Lockfile, PackageOnDisk
from sealift.lockfiles.npm_platform import read_supported_platforms
from sealift.lockfiles.package_version import PackageVersion

MOST_LEVELS = 100


def read_npm_lockfile(path: Path, data: bytes) -> Lockfile:
    """Return the lockfile in ``data``.

    Raises:
        ProjectError: ``lockfile-unreadable``.
    """
    if is_nested_deeper(data, MOST_LEVELS):
        raise messages.TOO_DEEP.error(path=path, limit=MOST_LEVELS)
    try:
        content = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise messages.NOT_JSON.error(path=path, reason=str(error).rstrip(".")) from error
    if not isinstance(content, dict):
        raise messages.NOT_AN_OBJECT.error(path=path)
    packages = objects(content.get("packages"))
    if not packages and content.get("lockfileVersion", 1) == 1 and content.get("dependencies"):
        raise messages.NPM_VERSION_1.error(path=path)
    return _NpmLockfile(path, packages)


class _NpmLockfile:
    """See `Lockfile`. The key of an entry is its path, such as ``node_modules/a``."""

    def __init__(self, path: Path, packages: dict[str, dict[str, Any]]) -> None:
        self.path = path
        self._packages = packages

    def version_of(self, package: PackageOnDisk) -> str | None:
        """See `Lockfile`."""
        entry = self._packages.get(self._key_of(package), {})
        return text(entry.get("version")) or None

    def integrity_of(self, name: str, version: str) -> str:
        """See `Lockfile`."""
        return only_one(
            text(entry.get("integrity"))
            for key, entry in self._packages.items()
            if text(entry.get("version")) == version
            and (text(entry.get("name")) or key.rpartition("node_modules/")[2]) == name
        )

    def dependency(
        self, parent: PackageOnDisk | PackageVersion, name: str, spec: str
    ) -> PackageVersion | None:
        """See `Lockfile`. npm's keys do not depend on the range."""
        del spec
        if isinstance(parent, PackageVersion):
            start = parent.lockfile_key
        else:
            start = self._key_of(parent)
            if start not in self._packages:
                return None
        for key in _keys_upwards(start, name):
            entry = self._packages.get(key, {})
            if version := text(entry.get("version")):
                return PackageVersion(
                    name,
                    text(entry.get("name")) or name,
                    version,
                    text(entry.get("integrity")),
                    read_supported_platforms(entry),
                    key,
                )
        return None

    def _key_of(self, package: PackageOnDisk) -> str:
        key = os.path.relpath(package.directory, self.path.parent).replace(os.sep, "/")
        return "" if key == "." else key


def _keys_upwards(start: str, name: str) -> Iterator[str]:
    """Yield the keys that Node would search for ``name`` from a package, nearest first."""
    directory = start
    while True:
        if directory.rpartition("/")[2] != "node_modules":
            yield f"{directory}/node_modules/{name}".lstrip("/")
        if not directory:
            return
        directory = directory.rpartition("/")[0]

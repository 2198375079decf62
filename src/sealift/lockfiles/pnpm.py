"""pnpm's lockfile: ``pnpm-lock.yaml``, versions 6, 7 and 9.

``packages`` lists packages by ``name@version`` (before version 9 with a leading slash). The
dependencies of each are in the same entry, from version 7 on under the same key in ``snapshots``.
Keys end with the versions of peer dependencies in parentheses, which do not matter here.

Source: pnpm's documentation of ``pnpm-lock.yaml``, and its source in ``lockfile/types``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sealift.lockfiles import messages
from sealift.lockfiles.fields import objects, text, texts, versions_by_name
from sealift.lockfiles.lockfile import Lockfile, PackageOnDisk
from sealift.lockfiles.npm_platform import read_supported_platforms
from sealift.lockfiles.package_version import PackageVersion, parse_dependency
from sealift.lockfiles.yaml_lockfile import read_yaml_object

_VERSIONS = ("6", "7", "9")
_PEERS = re.compile(r"\(.*|(?<=\d)_.*")


def read_pnpm_lockfile(path: Path, content: str) -> Lockfile:
    """Return the lockfile in ``content``.

    Raises:
        ProjectError: ``lockfile-unreadable``.
    """
    data = read_yaml_object(path, content)
    version = text(data.get("lockfileVersion"))
    if version.partition(".")[0] not in _VERSIONS:
        raise messages.PNPM_VERSION_UNKNOWN.error(path=path, version=version or "unknown")
    return _PnpmLockfile(path, objects(data.get("packages")), objects(data.get("snapshots")))


class _PnpmLockfile:
    """See `Lockfile`. The key of an entry is ``name@version``."""

    def __init__(
        self,
        path: Path,
        packages: dict[str, dict[str, Any]],
        snapshots: dict[str, dict[str, Any]],
    ) -> None:
        self.path = path
        self._packages = {_label(key): entry for key, entry in packages.items()}
        self._snapshots = {_label(key): entry for key, entry in snapshots.items()}
        self._versions = versions_by_name(self._packages)

    def version_of(self, package: PackageOnDisk) -> str | None:
        """See `Lockfile`."""
        if f"{package.own_name}@{package.version}" in self._packages:
            return package.version
        return next(iter(self._versions.get(package.own_name, ())), None)

    def integrity_of(self, name: str, version: str) -> str:
        """See `Lockfile`."""
        entry = self._packages.get(f"{name}@{version}", {})
        return texts(entry.get("resolution")).get("integrity", "")

    def dependency(
        self, parent: PackageOnDisk | PackageVersion, name: str, spec: str
    ) -> PackageVersion | None:
        """See `Lockfile`."""
        if isinstance(parent, PackageVersion):
            parent_label = parent.label
        else:
            parent_label = f"{parent.own_name}@{parent.version}"
        entry = self._snapshots.get(parent_label) or self._packages.get(parent_label, {})
        wanted = texts(entry.get("optionalDependencies")) | texts(entry.get("dependencies"))
        version = _label(wanted.get(name, spec))
        # An alias has the published name before the version.
        label = version if "@" in version[1:] else f"{parse_dependency(name, spec)[0]}@{version}"
        found = self._packages.get(label)
        if found is None:
            return None
        registry_name, _, exact = label.rpartition("@")
        return PackageVersion(
            name,
            registry_name,
            exact,
            texts(found.get("resolution")).get("integrity", ""),
            read_supported_platforms(found),
            label,
        )


def _label(key: str) -> str:
    return _PEERS.sub("", key.removeprefix("/"))

"""What a lockfile answers, whichever package manager wrote it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from sealift.lockfiles.package_version import PackageVersion


class PackageOnDisk(Protocol):
    """An installed package whose dependencies are looked up."""

    @property
    def directory(self) -> Path:
        """Directory of its package.json."""

    @property
    def own_name(self) -> str:
        """Name under which it is published."""

    @property
    def version(self) -> str:
        """Version in its package.json, or ""."""


class Lockfile(Protocol):
    """A lockfile, completely read and checked."""

    @property
    def path(self) -> Path:
        """Path of the file."""

    def version_of(self, package: PackageOnDisk) -> str | None:
        """Return the version that the lockfile has of a package; None if it is not listed.

        If several versions are listed, the installed one is preferred.
        """

    def integrity_of(self, name: str, version: str) -> str:
        """Return the integrity of one version of a package, by its published name.

        It is "" if the lockfile lists no such version or no integrity, or several that differ.
        """

    def dependency(
        self, parent: PackageOnDisk | PackageVersion, name: str, spec: str
    ) -> PackageVersion | None:
        """Return the package to install for one dependency; None if it is not listed.

        Args:
            parent: the package that depends on it, installed or found in this lockfile.
            name: key of the dependency in the parent's package.json.
            spec: value of the dependency: a version range, or an alias (``npm:name@range``).
        """

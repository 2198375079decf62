"""One version of one package, as a lockfile or a registry describes it."""

from __future__ import annotations

import re

from msgspec import Struct

from sealift.lockfiles.npm_platform import SupportedPlatforms

_ALIAS = re.compile(r"npm:((?:@[^@/]+/)?[^@/]+)(?:@(.+))?")


class PackageVersion(Struct, frozen=True):
    """One version of one package.

    Attributes:
        name: name under which it is installed.
        registry_name: name under which it is published; differs from ``name`` for an alias.
        integrity: Subresource Integrity of its tarball (``sha512-...``), or "".
        platforms: platforms that it supports; None if they are unknown.
        lockfile_key: key of its entry in the lockfile, or "".
    """

    name: str
    registry_name: str
    version: str
    integrity: str = ""
    platforms: SupportedPlatforms | None = None
    lockfile_key: str = ""

    def __eq__(self, other: object) -> bool:
        """Return True for the same version, wherever a lockfile lists it."""
        return isinstance(other, PackageVersion) and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def _compared(self) -> tuple[object, ...]:
        return self.name, self.registry_name, self.version, self.integrity, self.platforms

    @property
    def label(self) -> str:
        """``name@version``, with the published name."""
        return f"{self.registry_name}@{self.version}"


def parse_dependency(name: str, spec: str) -> tuple[str, str]:
    """Return the published name and the version range of a dependency (``npm:`` is an alias)."""
    alias = _ALIAS.fullmatch(spec)
    return (alias[1], alias[2] or "*") if alias else (name, spec)

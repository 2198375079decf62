"""What all distribution packages of a build say about the product."""

from __future__ import annotations

from msgspec import Struct

EARLIEST = 315532800
"""1980-01-01, the earliest time that a zip archive can express, in seconds since 1970."""


class ProjectText(Struct, frozen=True):
    """A text of the project's root that ships in each package, such as ``LICENSE``."""

    name: str
    content: bytes


class Details(Struct, frozen=True):
    """What packages say; texts are on one line, and "" if unknown.

    Attributes:
        name: of the program and its packages: lower-case letters, digits, ``.``, ``+``, ``-``.
        version: as package.json has it.
        description: one line; never empty.
        licence: SPDX expression.
        maintainer: name and address.
        url: of an archive, with ``{version}`` and ``{file}``.
        time: of all files in packages, in seconds since 1970.
        certificates: a bundle of CA certificates for container images, PEM; empty for none.
        universal_name: of the file with both executables for macOS.
        deploy: files of pkg.deployFiles are in the packages.
    """

    name: str
    version: str
    description: str
    licence: str = ""
    homepage: str = ""
    source: str = ""
    maintainer: str = ""
    url: str = ""
    time: int = EARLIEST
    texts: tuple[ProjectText, ...] = ()
    certificates: bytes = b""
    universal_name: str = ""
    deploy: bool = False

    @property
    def system_version(self) -> str:
        """The version for Debian and RPM, where ``~`` sorts a pre-release before its release."""
        number, dash, suffix = self.version.partition("-")
        return f"{number}~{suffix.replace('-', '.')}" if dash else number

"""Targets: a Node release, a platform and an architecture.

Grammar (order-free tokens joined by ``-``): ``node24-linux-x64``, ``win``, ``arm64-macos``,
``node24.19.0-linux-x64``, ``latest-win``, ``host``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Platform(StrEnum):
    """Operating systems as the target table names them."""

    LINUX = "linux"
    ALPINE = "alpine"
    LINUXSTATIC = "linuxstatic"
    MACOS = "macos"
    WIN = "win"
    FREEBSD = "freebsd"


class Arch(StrEnum):
    """Machine architectures as the target table names them."""

    X64 = "x64"
    ARM64 = "arm64"
    ARMV7 = "armv7"
    ARMV6 = "armv6"
    X86 = "x86"
    PPC64 = "ppc64"
    S390X = "s390x"
    RISCV64 = "riscv64"
    LOONG64 = "loong64"


@dataclass(frozen=True, slots=True, order=True)
class NodeVersion:
    """An exact Node release; compares as numbers."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> NodeVersion:
        """Read ``24.19.0`` or ``v24.19.0``; ValueError for anything else."""
        parts = text.removeprefix("v").split(".")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
            raise ValueError(f"not a Node release: {text!r}")
        major, minor, patch = (int(part) for part in parts)
        return cls(major, minor, patch)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


@dataclass(frozen=True, slots=True, order=True)
class NodeRange:
    """What a target asks of its Node release: ``latest`` (no parts) or the first 1 to 3 numbers."""

    parts: tuple[int, ...]

    def matches(self, version: NodeVersion) -> bool:
        """Compare number by number, so that ``22.1`` is not ``22.17``."""
        return (version.major, version.minor, version.patch)[: len(self.parts)] == self.parts

    def __str__(self) -> str:
        return "node" + ".".join(map(str, self.parts)) if self.parts else "latest"


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One executable to build."""

    node: NodeRange
    platform: Platform
    arch: Arch

    def __str__(self) -> str:
        return f"{self.node}-{self.platform}-{self.arch}"

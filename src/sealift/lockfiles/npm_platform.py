"""Platforms in npm's words, and which packages support them.

Source: npm's documentation of ``os``, ``cpu`` and ``libc`` in package.json, and npm-install-checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from sealift.target import Arch, Platform

_CPU = {Arch.X86: "ia32", Arch.ARMV6: "arm", Arch.ARMV7: "arm"}
_ARM_VERSIONS = {Arch.ARMV6: "6", Arch.ARMV7: "7", Arch.ARM64: "8"}


class NpmPlatform(Struct, frozen=True):
    """A target's platform and architecture, with npm's and Node's words for them.

    Attributes:
        os: ``process.platform``: ``linux``, ``darwin``, ``win32``, ``freebsd``.
        cpu: ``process.arch``: ``x64``, ``arm64``, ``arm``, ``ia32``, ...
        libc: ``glibc``, ``musl``, or "" on other systems than Linux.
        arm_version: ``6``, ``7``, ``8``, or "" on other processors.
    """

    platform: Platform
    arch: Arch
    os: str
    cpu: str
    libc: str
    arm_version: str

    def __str__(self) -> str:
        return f"{self.platform}-{self.arch}"


def npm_platform_of(platform: Platform, arch: Arch) -> NpmPlatform:
    """Return npm's words for a platform and architecture."""
    return NpmPlatform(
        platform,
        arch,
        os=platform.facts.node_os,
        cpu=_CPU.get(arch, arch.value),
        libc=platform.facts.libc,
        arm_version=_ARM_VERSIONS.get(arch, ""),
    )


class SupportedPlatforms(Struct, frozen=True):
    """The platforms that a package says it supports; an empty list does not restrict.

    It is true if the package restricts itself at all.
    """

    os: tuple[str, ...] = ()
    cpu: tuple[str, ...] = ()
    libc: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.os or self.cpu or self.libc)

    def include(self, platform: NpmPlatform) -> bool:
        """Return True if npm would install the package on a platform."""
        return (
            _listed(self.os, platform.os)
            and _listed(self.cpu, platform.cpu)
            and (not self.libc or (bool(platform.libc) and _listed(self.libc, platform.libc)))
        )

    @property
    def is_wasm(self) -> bool:
        """True for a WebAssembly package: it runs on every platform on which it is installed."""
        return not self.os and self.cpu == ("wasm32",)


def read_supported_platforms(manifest: Mapping[str, Any]) -> SupportedPlatforms:
    """Read ``os``, ``cpu`` and ``libc`` of a package.json, or of an entry of a lockfile."""
    return SupportedPlatforms(*(_texts(manifest.get(key)) for key in ("os", "cpu", "libc")))


def _texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(item for item in items if isinstance(item, str) and item)


def _listed(names: tuple[str, ...], name: str) -> bool:
    if not names or names == ("any",):
        return True
    if "!" + name in names:
        return False
    return name in names or all(other.startswith("!") for other in names)

"""Target machines in npm's words, and which packages are for them.

Source: npm's documentation of ``os``, ``cpu`` and ``libc`` in package.json, and npm-install-checks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sealift.target import Arch, Platform

_OS = {Platform.MACOS: "darwin", Platform.WIN: "win32", Platform.FREEBSD: "freebsd"}
_CPU = {Arch.X86: "ia32", Arch.ARMV6: "arm", Arch.ARMV7: "arm"}
_LIBC = {Platform.LINUX: "glibc", Platform.ALPINE: "musl", Platform.LINUXSTATIC: "musl"}
_ARM_VERSIONS = {Arch.ARMV6: "6", Arch.ARMV7: "7", Arch.ARM64: "8"}
# What tells builds of one thing for several machines apart in their names.
_MACHINE_WORD = re.compile(
    r"(?:linux|darwin|macos|osx|win|win32|windows|freebsd|android|alpine|universal|universal2"
    r"|x64|x86|x86_64|amd64|ia32|i386|i686|arm|armv?\d+l?|armhf|arm64|aarch64|ppc64(?:le)?|s390x"
    r"|riscv64(?:gc)?|loong64|gnu(?:eabi(?:hf)?)?|musl(?:eabi(?:hf)?)?|glibc|msvc|unknown|apple|pc"
    r"|node|napi|electron|abi\d+|uv\d+|linuxmusl|linuxgnu)"
)
_SEPARATOR = re.compile(r"[-._+/]")


@dataclass(frozen=True, slots=True)
class Machine:
    """What an addon has to be for, as far as packages tell by name.

    Attributes:
        os: ``process.platform``: ``linux``, ``darwin``, ``win32``, ``freebsd``.
        cpu: ``process.arch``: ``x64``, ``arm64``, ``arm``, ``ia32``, ...
        libc: ``glibc``, ``musl``, or "" elsewhere than on Linux.
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


def machine_of(platform: Platform, arch: Arch) -> Machine:
    """Give the machine of a target."""
    return Machine(
        platform,
        arch,
        os=_OS.get(platform, "linux"),
        cpu=_CPU.get(arch, arch.value),
        libc=_LIBC.get(platform, ""),
        arm_version=_ARM_VERSIONS.get(arch, ""),
    )


@dataclass(frozen=True, slots=True)
class Restriction:
    """The machines that a package says it is for; empty lists do not restrict."""

    os: tuple[str, ...] = ()
    cpu: tuple[str, ...] = ()
    libc: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.os or self.cpu or self.libc)

    def fits(self, machine: Machine) -> bool:
        """Tell whether npm would install the package on a machine."""
        return (
            _listed(self.os, machine.os)
            and _listed(self.cpu, machine.cpu)
            and (not self.libc or (bool(machine.libc) and _listed(self.libc, machine.libc)))
        )

    @property
    def is_wasm(self) -> bool:
        """WebAssembly for whoever has no better: it is for every machine where it is installed."""
        return not self.os and self.cpu == ("wasm32",)


def restriction_of(manifest: Mapping[str, Any]) -> Restriction:
    """Read what a package.json, or a lockfile's entry, says."""
    return Restriction(*(_texts(manifest.get(key)) for key in ("os", "cpu", "libc")))


def plain_name(name: str) -> tuple[str, ...]:
    """Give the words of a name without those that tell of a machine.

    It serves to tell which files or packages stand for one another, never what they are for.
    """
    words = _SEPARATOR.split(name.lower())
    return tuple(word for word in words if not _MACHINE_WORD.fullmatch(word))


def _texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(item for item in items if isinstance(item, str) and item)


def _listed(names: tuple[str, ...], name: str) -> bool:
    if not names or names == ("any",):
        return True
    if "!" + name in names:
        return False
    return name in names or all(other.startswith("!") for other in names)

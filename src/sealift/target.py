"""Targets: a Node release, a platform and an architecture.

Grammar (order-free tokens joined by ``-``): ``node24-linux-x64``, ``win``, ``arm64-macos``,
``node24.19.0-linux-x64``, ``latest-win``, ``host``. Upper case and the usual other names
(``darwin``, ``win32``, ``amd64``, ``aarch64``, ``musl``, ...) are understood.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from sealift.errors import UsageError

SUPPORTED_MAJORS = (20, 22, 24, 26)
"""Node majors that executables can be made for, oldest first."""

DEFAULT_MAJOR = 24
"""The major of a target that names none; docs/decisions/default-node-major.md says why."""


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


MACHINES: Mapping[Platform, tuple[Arch, ...]] = {
    Platform.LINUX: tuple(Arch),
    Platform.ALPINE: tuple(Arch),
    Platform.LINUXSTATIC: tuple(Arch),
    Platform.MACOS: (Arch.X64, Arch.ARM64),
    Platform.WIN: (Arch.X64, Arch.ARM64, Arch.X86),
    Platform.FREEBSD: (
        *(Arch.X64, Arch.ARM64, Arch.ARMV7, Arch.ARMV6, Arch.X86, Arch.PPC64, Arch.RISCV64),
    ),
}
"""The target table: what each platform runs on, as far as Node does."""


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


WORKING_RELEASES = (
    (NodeVersion(20, 16, 0), NodeVersion(21, 0, 0)),
    (NodeVersion(22, 15, 0), NodeVersion(23, 0, 0)),
    (NodeVersion(23, 5, 0), NodeVersion(999, 0, 0)),
)
"""Releases that executables can be made of: each from the first to before the second.

`sealift.runtime.releases` says what older ones lack.
"""


def can_work(version: NodeVersion) -> bool:
    """Tell whether executables can be made of a release."""
    return any(first <= version < end for first, end in WORKING_RELEASES)


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


T = TypeVar("T")

_PLATFORM_NAMES = {platform.value: platform for platform in Platform} | {
    "lin": Platform.LINUX,
    "mac": Platform.MACOS,
    "macosx": Platform.MACOS,
    "osx": Platform.MACOS,
    "darwin": Platform.MACOS,
    "win32": Platform.WIN,
    "windows": Platform.WIN,
    "musl": Platform.ALPINE,
    "gnu": Platform.LINUX,
    "glibc": Platform.LINUX,
}
_ARCH_NAMES = {arch.value: arch for arch in Arch} | {
    "amd64": Arch.X64,
    "x86_64": Arch.X64,
    "aarch64": Arch.ARM64,
    "armv8": Arch.ARM64,
    "arm": Arch.ARMV7,
    "armhf": Arch.ARMV7,
    "armv7l": Arch.ARMV7,
    "armv8l": Arch.ARMV7,
    "armv6l": Arch.ARMV6,
    "ia32": Arch.X86,
    "i386": Arch.X86,
    "i686": Arch.X86,
    "ppc64le": Arch.PPC64,
    "ppc64el": Arch.PPC64,
    "powerpc64le": Arch.PPC64,
    "riscv": Arch.RISCV64,
    "loongarch64": Arch.LOONG64,
}
_LIBC_OF_LINUX = {"musl": Platform.ALPINE, "gnu": Platform.LINUX, "glibc": Platform.LINUX}
_NODE = re.compile(r"(?:node|v|nodev)?(\d{1,3}(?:\.\d{1,3}){0,2})(?:\.x){0,2}", re.ASCII)


def platform_named(text: str) -> Platform | None:
    """Give the platform of that name in any of its spellings, or None."""
    return _PLATFORM_NAMES.get(text.lower())


def arch_named(text: str) -> Arch | None:
    """Give the architecture of that name in any of its spellings, or None."""
    return _ARCH_NAMES.get(text.lower())


def parse_targets(texts: Iterable[str], host: tuple[Platform, Arch]) -> tuple[Target, ...]:
    """Read target texts, each of which may be a comma list; duplicates are left out.

    Args:
        texts: as the user gave them; empty items are passed over.
        host: what ``host`` and omitted elements stand for.

    Raises:
        UsageError: an item is not a target, or one of a machine that does not exist.
    """
    items = [item.strip() for text in texts for item in text.split(",")]
    targets = {parse_target(item, host): item for item in items if item}
    for target, item in targets.items():
        _must_exist(target, item)
    return tuple(targets)


def parse_target(item: str, host: tuple[Platform, Arch]) -> Target:
    """Read one target; omitted elements are the default Node major and the host's machine.

    Raises:
        UsageError: a token is unknown, or two tokens of one class contradict each other.
    """
    node: NodeRange | None = None
    platform: Platform | None = None
    arch: Arch | None = None
    is_host = False
    tokens = [token for token in item.lower().split("-") if token]
    if not tokens:
        raise _unknown(item, item)
    # A C library says which linux, so it comes after it.
    for token in sorted(tokens, key=lambda token: token in _LIBC_OF_LINUX):
        if token == "host":
            is_host = True
        elif (found_range := _node_range(token)) is not None:
            node = _once(node, found_range, "Node releases", item)
        elif token in _LIBC_OF_LINUX and platform == Platform.LINUX:
            platform = _LIBC_OF_LINUX[token]
        elif (found_platform := platform_named(token)) is not None:
            platform = _once(platform, found_platform, "platforms", item)
        elif (found_arch := arch_named(token)) is not None:
            arch = _once(arch, found_arch, "architectures", item)
        else:
            raise _unknown(token, item)
    if is_host and (platform, arch) != (None, None):
        raise UsageError(
            "target-ambiguous",
            f"'{item}' names the host and another machine.",
            "Write either 'host' or the platform and architecture.",
        )
    return Target(node or NodeRange((DEFAULT_MAJOR,)), platform or host[0], arch or host[1])


def _node_range(token: str) -> NodeRange | None:
    if token == "latest":
        return NodeRange(())
    match = _NODE.fullmatch(token)
    return NodeRange(tuple(int(part) for part in match[1].split("."))) if match else None


def _once(old: T | None, new: T, what: str, item: str) -> T:
    if old is not None and old != new:
        raise UsageError(
            "target-ambiguous",
            f"'{item}' names two {what}: {old} and {new}.",
            f"Write two targets with a comma between them, such as '{old},{new}'.",
        )
    return new


def _must_exist(target: Target, item: str) -> None:
    if target.arch in MACHINES[target.platform]:
        return
    known = ", ".join(f"{target.platform}-{arch}" for arch in MACHINES[target.platform])
    machine = f"{target.platform}-{target.arch}"
    raise UsageError(
        "target-impossible",
        f"There is no Node for {machine}."
        if machine in item.lower()
        else f"'{item}' stands for {machine} here, for which there is no Node.",
        f"These exist: {known}.",
    )


def _unknown(token: str, item: str) -> UsageError:
    names = [*_PLATFORM_NAMES, *_ARCH_NAMES, "latest", "host"]
    names += [f"node{major}" for major in SUPPORTED_MAJORS]
    near = difflib.get_close_matches(token, names, n=1)
    where = "" if token == item else f" in '{item}'"
    return UsageError(
        "target-unknown",
        f"Unknown token '{token}'{where}." + (f" Did you mean '{near[0]}'?" if near else ""),
        "A target is made of a Node release ("
        + ", ".join(f"node{major}" for major in SUPPORTED_MAJORS)
        + ", node24.19.0, latest), a platform ("
        + ", ".join(Platform)
        + ") and an architecture ("
        + ", ".join(Arch)
        + "), joined by '-'; or it is 'host'.",
    )


def default_targets(explicit_output: bool, host: tuple[Platform, Arch]) -> tuple[Target, ...]:
    """Give the targets of a build that names none.

    One for the host if the user named the output file; else linux, macos and win for the host's
    architecture, as far as they exist.
    """
    usual = (Platform.LINUX, Platform.MACOS, Platform.WIN)
    existing = tuple(platform for platform in usual if host[1] in MACHINES[platform])
    platforms = (host[0],) if explicit_output else existing
    return tuple(Target(NodeRange((DEFAULT_MAJOR,)), platform, host[1]) for platform in platforms)


def suffixes(targets: Sequence[Target]) -> dict[Target, str]:
    """Give what to add to the output's name for each target: the elements in which they differ."""
    differing = [
        len({str(target.node) for target in targets}) > 1,
        len({target.platform for target in targets}) > 1,
        len({target.arch for target in targets}) > 1,
    ]
    return {
        target: "".join(
            f"-{element}"
            for element, differs in zip(
                (target.node, target.platform, target.arch), differing, strict=True
            )
            if differs
        )
        for target in targets
    }

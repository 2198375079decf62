"""Targets: a Node release, a platform and an architecture.

Grammar: elements in any order, joined by ``-``: ``node24-linux-x64``, ``win``, ``arm64-macos``,
``node24.19.0-linux-x64``, ``latest-win``, ``host``. Upper case and other common names
(``darwin``, ``win32``, ``amd64``, ``aarch64``, ``musl``, ...) are accepted.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from sealift import target_messages
from sealift.errors import UsageError
from sealift.record import replace

SUPPORTED_MAJORS = (20, 22, 24, 26)
"""Major versions of Node that sealift supports, oldest first."""

DEFAULT_MAJOR = 24
"""The major version of targets that name none, unless the host's Node decides.

Reasons: docs/decisions/default-node-major.md.
"""


class Arch(StrEnum):
    """Processor architectures, as targets name them."""

    X64 = "x64"
    ARM64 = "arm64"
    ARMV7 = "armv7"
    ARMV6 = "armv6"
    X86 = "x86"
    PPC64 = "ppc64"
    S390X = "s390x"
    RISCV64 = "riscv64"
    LOONG64 = "loong64"


class Platform(StrEnum):
    """Operating systems and their C libraries, as targets name them."""

    LINUX = "linux"
    ALPINE = "alpine"
    LINUXSTATIC = "linuxstatic"
    MACOS = "macos"
    WIN = "win"
    FREEBSD = "freebsd"

    @property
    def facts(self) -> PlatformFacts:
        """What this platform is."""
        return _PLATFORM_FACTS[self]

    @property
    def node_platform(self) -> Platform:
        """The platform whose Node binaries it uses: linuxstatic uses those of Alpine Linux."""
        return Platform.ALPINE if self.facts.is_static else self


class PlatformFacts(Struct, frozen=True):
    r"""What a platform is. Other modules ask these facts instead of comparing platforms.

    Attributes:
        os: the operating system: ``linux``, ``macos``, ``win`` or ``freebsd``.
        os_name: the operating system as people write it.
        node_os: what ``process.platform`` is in Node, and ``os`` in a package.json.
        container: format of its executables: ``elf``, ``macho`` or ``pe``.
        arches: architectures that Node supports on it.
        libc: ``glibc`` or ``musl``; "" on systems other than Linux.
        is_static: its executables need nothing on the machine, not even a C library.
        executable_suffix: how names of its executables end.
        separator: between the components of a path.
        mount_point: directory of the packaged files at run time.
        size_limit: bytes that its executables are smaller than; the planner of the container
            checks the exact size.
    """

    os: str
    os_name: str
    node_os: str
    container: str
    arches: tuple[Arch, ...]
    libc: str = ""
    is_static: bool = False
    executable_suffix: str = ""
    separator: str = "/"
    mount_point: str = "/snapshot"
    size_limit: int = 4 << 30


_LINUX = PlatformFacts("linux", "Linux", "linux", "elf", tuple(Arch))
_PLATFORM_FACTS: Mapping[Platform, PlatformFacts] = {
    Platform.LINUX: replace(_LINUX, libc="glibc"),
    Platform.ALPINE: replace(_LINUX, libc="musl"),
    Platform.LINUXSTATIC: replace(_LINUX, libc="musl", is_static=True),
    Platform.MACOS: PlatformFacts("macos", "macOS", "darwin", "macho", (Arch.X64, Arch.ARM64)),
    Platform.WIN: PlatformFacts(
        *("win", "Windows", "win32", "pe"),
        (Arch.X64, Arch.ARM64, Arch.X86),
        executable_suffix=".exe",
        separator="\\",
        mount_point="C:\\snapshot",
        size_limit=2 << 30,
    ),
    Platform.FREEBSD: PlatformFacts(
        *("freebsd", "FreeBSD", "freebsd", "elf"),
        tuple(arch for arch in Arch if arch not in (Arch.S390X, Arch.LOONG64)),
    ),
}


class NodeVersion(Struct, frozen=True, order=True):
    """An exact Node release; ordered by its numbers."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> NodeVersion:
        """Return the release that ``24.19.0`` or ``v24.19.0`` names.

        Raises:
            ValueError: the text is anything else.
        """
        parts = text.removeprefix("v").split(".")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
            raise ValueError(f"not a Node release: {text!r}")
        major, minor, patch = (int(part) for part in parts)
        return cls(major, minor, patch)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


SUPPORTED_RELEASES = (
    (NodeVersion(20, 16, 0), NodeVersion(21, 0, 0)),
    (NodeVersion(22, 15, 0), NodeVersion(23, 0, 0)),
    (NodeVersion(23, 5, 0), NodeVersion(999, 0, 0)),
)
"""Releases that sealift supports: from the first of each pair up to, but without, the second.

`sealift.runtime.releases` says what older releases lack.
"""


def is_supported(version: NodeVersion) -> bool:
    """Return True if sealift can make executables from a release."""
    return any(first <= version < end for first, end in SUPPORTED_RELEASES)


def require_loads_modules(version: NodeVersion) -> bool:
    """Return True if ``require`` of a release should get ES modules where a package has both.

    ``require`` of Node 20 can load ES modules too, but without hooks: these cannot import packaged
    files, so CommonJS is better there.
    """
    return version.major >= SUPPORTED_MAJORS[1]


class NodeRange(Struct, frozen=True, order=True):
    """The Node releases that suit a target.

    Attributes:
        parts: the first 1 to 3 numbers of the release; () means ``latest``.
    """

    parts: tuple[int, ...]

    @classmethod
    def exactly(cls, version: NodeVersion) -> NodeRange:
        """Return the range that holds one release."""
        return cls((version.major, version.minor, version.patch))

    @property
    def is_exact(self) -> bool:
        """True if the range names one release by all three numbers."""
        return len(self.parts) == 3

    def matches(self, version: NodeVersion) -> bool:
        """Return True if the release begins with these numbers; ``22.1`` does not match 22.17."""
        return (version.major, version.minor, version.patch)[: len(self.parts)] == self.parts

    def __str__(self) -> str:
        return "node" + ".".join(map(str, self.parts)) if self.parts else "latest"


class Target(Struct, frozen=True, order=True):
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
    """Return the platform with this name, in any spelling and case, or None."""
    return _PLATFORM_NAMES.get(text.lower())


def arch_named(text: str) -> Arch | None:
    """Return the architecture with this name, in any spelling and case, or None."""
    return _ARCH_NAMES.get(text.lower())


def default_node() -> NodeRange:
    """Return the releases of `DEFAULT_MAJOR`."""
    return NodeRange((DEFAULT_MAJOR,))


def parse_targets(
    texts: Iterable[str],
    host: tuple[Platform, Arch],
    omitted_node: Callable[[], NodeRange] = default_node,
) -> tuple[Target, ...]:
    """Return the targets that the texts name, without duplicates.

    Args:
        texts: as the user typed them; each may hold several targets with commas between them.
            Empty items are ignored.
        host: what ``host`` and omitted elements stand for.
        omitted_node: returns the Node releases of targets that name none; called if there are any.

    Raises:
        UsageError: ``target-unknown``, ``target-ambiguous``, or ``target-impossible``: Node does
            not support the architecture on the platform.
    """
    items = [item.strip() for text in texts for item in text.split(",")]
    targets = {parse_target(item, host, omitted_node): item for item in items if item}
    for target, item in targets.items():
        _check_exists(target, item)
    return tuple(targets)


def parse_target(
    item: str,
    host: tuple[Platform, Arch],
    omitted_node: Callable[[], NodeRange] = default_node,
) -> Target:
    """Return the target that one item names; arguments as for `parse_targets`.

    Raises:
        UsageError: ``target-unknown``: an element is unknown; ``target-ambiguous``: two elements
            contradict each other.
    """
    node: NodeRange | None = None
    platform: Platform | None = None
    arch: Arch | None = None
    is_host = False
    elements = [element for element in item.lower().split("-") if element]
    if not elements:
        raise _unknown(item, item)
    # A C library qualifies linux, so it is read after it.
    for element in sorted(elements, key=lambda element: element in _LIBC_OF_LINUX):
        if element == "host":
            is_host = True
        elif (found_range := _node_range(element)) is not None:
            node = _only("Node releases", node, found_range, item)
        elif element in _LIBC_OF_LINUX and platform == Platform.LINUX:
            platform = _LIBC_OF_LINUX[element]
        elif (found_platform := platform_named(element)) is not None:
            platform = _only("platforms", platform, found_platform, item)
        elif (found_arch := arch_named(element)) is not None:
            arch = _only("architectures", arch, found_arch, item)
        else:
            raise _unknown(element, item)
    if is_host and (platform, arch) != (None, None):
        raise target_messages.TARGET_NAMES_HOST_TWICE.error(target=item)
    return Target(node or omitted_node(), platform or host[0], arch or host[1])


def _node_range(element: str) -> NodeRange | None:
    if element == "latest":
        return NodeRange(())
    match = _NODE.fullmatch(element)
    return NodeRange(tuple(int(part) for part in match[1].split("."))) if match else None


def _only(kind: str, old: T | None, new: T, item: str) -> T:
    if old is not None and old != new:
        raise target_messages.TARGET_AMBIGUOUS.error(target=item, kind=kind, first=old, second=new)
    return new


def _check_exists(target: Target, item: str) -> None:
    arches = target.platform.facts.arches
    if target.arch in arches:
        return
    machine = f"{target.platform}-{target.arch}"
    existing = ", ".join(f"{target.platform}-{arch}" for arch in arches)
    if machine in item.lower():
        raise target_messages.TARGET_IMPOSSIBLE.error(machine=machine, existing=existing)
    raise target_messages.IMPLIED_TARGET_IMPOSSIBLE.error(
        target=item, machine=machine, existing=existing
    )


def _unknown(element: str, item: str) -> UsageError:
    majors = [f"node{major}" for major in SUPPORTED_MAJORS]
    names = [*_PLATFORM_NAMES, *_ARCH_NAMES, "latest", "host", *majors]
    near = difflib.get_close_matches(element, names, n=1)
    return target_messages.TARGET_UNKNOWN.error(
        what=f"target '{item}'" if element == item else f"element '{element}' in target '{item}'",
        suggestion=f" Did you mean '{near[0]}'?" if near else "",
        majors=", ".join(majors),
        platforms=", ".join(Platform),
        arches=", ".join(Arch),
    )


def default_targets(
    explicit_output: bool,
    host: tuple[Platform, Arch],
    omitted_node: Callable[[], NodeRange] = default_node,
) -> tuple[Target, ...]:
    """Return the targets of a build that names none.

    If the user named the output file, the only target is the host. Otherwise the targets are
    linux, macos and win with the host's architecture, where Node supports it.
    """
    usual = (Platform.LINUX, Platform.MACOS, Platform.WIN)
    existing = tuple(platform for platform in usual if host[1] in platform.facts.arches)
    platforms = (host[0],) if explicit_output else existing
    return tuple(Target(omitted_node(), platform, host[1]) for platform in platforms)


def suffixes(targets: Sequence[Target]) -> dict[Target, str]:
    """Return what each target adds to the output's name: the elements in which targets differ."""
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

"""The kinds of distribution packages, the targets that suit each, and the names of their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from sealift.distribution import messages
from sealift.distribution.details import Details
from sealift.target import Arch, Platform, Target


class Kind(StrEnum):
    """A kind of package, by the name that users write."""

    UNIVERSAL = "universal"
    TAR_GZ = "tar.gz"
    ZIP = "zip"
    DEB = "deb"
    RPM = "rpm"
    OCI = "oci"
    BREW = "brew"
    SCOOP = "scoop"


class PlannedPackage(Struct, frozen=True):
    """One package to make.

    Attributes:
        targets: whose executables it contains, or names.
    """

    kind: Kind
    file_name: str
    targets: tuple[Target, ...]


class PackagePlan(Struct, frozen=True):
    """All packages of a build.

    Attributes:
        packages: archives come before the manifests that name them.
        directory: that they are written to.
    """

    packages: tuple[PlannedPackage, ...]
    details: Details
    directory: Path


DEBIAN_ARCHES: Mapping[Arch, str] = {
    Arch.X64: "amd64",
    Arch.ARM64: "arm64",
    Arch.ARMV7: "armhf",
    Arch.X86: "i386",
    Arch.PPC64: "ppc64el",
    Arch.S390X: "s390x",
    Arch.RISCV64: "riscv64",
    Arch.LOONG64: "loong64",
}
RPM_ARCHES: Mapping[Arch, str] = {
    Arch.X64: "x86_64",
    Arch.ARM64: "aarch64",
    Arch.ARMV7: "armv7hl",
    Arch.PPC64: "ppc64le",
    Arch.S390X: "s390x",
    Arch.RISCV64: "riscv64",
}
CONTAINER_ARCHES: Mapping[Arch, str] = {Arch.X64: "amd64", Arch.ARM64: "arm64"}
_IMPLIED = {Kind.BREW: Kind.TAR_GZ, Kind.SCOOP: Kind.ZIP}
_LINUX = (Platform.LINUX, Platform.LINUXSTATIC)
"""Platforms of executables that run on Debian and Fedora, the preferred one first."""

_NEEDS = {
    Kind.UNIVERSAL: "macos-x64 and macos-arm64",
    Kind.TAR_GZ: "any platform but win",
    Kind.ZIP: "win",
    Kind.DEB: "linux or linuxstatic",
    Kind.RPM: "linux or linuxstatic",
    Kind.OCI: "linuxstatic-x64 or linuxstatic-arm64",
    Kind.BREW: "macos, linux or linuxstatic, on x64 or arm64",
    Kind.SCOOP: "win",
}


def plan_packages(
    kinds: Sequence[Kind], targets: Sequence[Target], details: Details
) -> tuple[PlannedPackage, ...]:
    """Return the packages to make; archives that others refer to come before them.

    Raises:
        UsageError: no target suits a kind, two targets would make the same file, or a kind needs
            details that are not there.
    """
    for kind in kinds:  # those that are implied have no other needs
        suitable = _suitable(kind, targets)
        is_alone = kind is Kind.UNIVERSAL and len({target.arch for target in suitable}) < 2
        if not suitable or is_alone:
            raise messages.NO_TARGET.error(kind=kind, needed=_NEEDS[kind])
        _require_details(kind, details)
    wanted = {*kinds, *(_IMPLIED[kind] for kind in kinds if kind in _IMPLIED)}
    packages: list[PlannedPackage] = []
    for kind in (kind for kind in Kind if kind in wanted):
        packages += _of_kind(kind, _suitable(kind, targets), details)
    names: dict[str, PlannedPackage] = {}
    for package in packages:
        other = names.setdefault(package.file_name, package)
        if other is not package:
            raise messages.NAME_TWICE.error(
                name=package.file_name, one=other.targets[0], other=package.targets[0]
            )
    return tuple(packages)


def _suitable(kind: Kind, targets: Sequence[Target]) -> tuple[Target, ...]:
    return tuple(target for target in targets if _suits(kind, target))


def _suits(kind: Kind, target: Target) -> bool:
    platform, arch = target.platform, target.arch
    match kind:
        case Kind.UNIVERSAL:
            return platform is Platform.MACOS
        case Kind.TAR_GZ:
            return platform is not Platform.WIN
        case Kind.ZIP | Kind.SCOOP:
            return platform is Platform.WIN
        case Kind.DEB:
            return platform in _LINUX and arch in DEBIAN_ARCHES
        case Kind.RPM:
            return platform in _LINUX and arch in RPM_ARCHES
        case Kind.BREW:
            return platform in (Platform.MACOS, *_LINUX) and arch in CONTAINER_ARCHES
        case Kind.OCI:
            return platform is Platform.LINUXSTATIC and arch in CONTAINER_ARCHES


def _require_details(kind: Kind, details: Details) -> None:
    if kind in (Kind.DEB, Kind.RPM) and not details.maintainer:
        raise messages.NO_MAINTAINER.error(kind=kind)
    if kind in (Kind.BREW, Kind.SCOOP) and not details.url:
        raise messages.NO_URL.error(kind=kind)


def _of_kind(kind: Kind, targets: tuple[Target, ...], details: Details) -> list[PlannedPackage]:
    name, version, system_version = details.name, details.version, details.system_version
    match kind:
        case Kind.UNIVERSAL:
            releases = dict.fromkeys(target.node for target in targets)
            by_release = [tuple(one for one in targets if one.node == node) for node in releases]
            file_name = details.universal_name
            return [PlannedPackage(kind, file_name, joined) for joined in by_release]
        case Kind.TAR_GZ | Kind.ZIP:
            return [
                PlannedPackage(kind, f"{archive_stem(details, target)}.{kind}", (target,))
                for target in targets
            ]
        case Kind.DEB:
            return [
                PlannedPackage(
                    kind, f"{name}_{system_version}_{DEBIAN_ARCHES[target.arch]}.deb", (target,)
                )
                for target in _preferred(targets)
            ]
        case Kind.RPM:
            return [
                PlannedPackage(
                    kind, f"{name}-{system_version}-1.{RPM_ARCHES[target.arch]}.rpm", (target,)
                )
                for target in _preferred(targets)
            ]
        case Kind.OCI:
            return [PlannedPackage(kind, f"{name}-{version}.oci.tar", targets)]
        case Kind.BREW:
            macos = [target for target in targets if target.platform is Platform.MACOS]
            linux = [target for target in targets if target.platform is not Platform.MACOS]
            return [PlannedPackage(kind, f"{name}.rb", (*macos, *_preferred(linux)))]
        case Kind.SCOOP:
            return [PlannedPackage(kind, f"{name}.json", targets)]


def archive_stem(details: Details, target: Target) -> str:
    """Return the name of a target's archive without its extension, and of the folder in it."""
    return f"{details.name}-{details.version}-{target.platform}-{target.arch}"


def _preferred(targets: Sequence[Target]) -> list[Target]:
    """Return the targets without those that another one of the same architecture replaces."""
    platforms = {
        target.arch: min(
            (one.platform for one in targets if one.arch is target.arch), key=_LINUX.index
        )
        for target in targets
    }
    return [target for target in targets if target.platform is platforms[target.arch]]

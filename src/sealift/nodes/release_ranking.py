"""Which of several releases is preferred, and which are nearest to a range."""

from __future__ import annotations

from collections.abc import Iterable

from sealift.model import Release
from sealift.options import PROVIDERS
from sealift.target import (
    SUPPORTED_MAJORS,
    Arch,
    NodeRange,
    NodeVersion,
    Platform,
    Target,
    is_supported,
)

OFFICIAL = "https://nodejs.org/dist"
UNOFFICIAL = "https://unofficial-builds.nodejs.org/download/release"
_EXACT = 3
_UNOFFICIAL_ARCHES = (Arch.ARMV6, Arch.X86, Arch.RISCV64, Arch.LOONG64)


def preferred(releases: Iterable[Release], node: NodeRange) -> Release | None:
    """Return the newest release in the range, from the provider that is preferred.

    ``latest`` is the newest release of all supported majors. Releases that are too old for
    executables count only if they are named by all three numbers.
    """
    return max((one for one in releases if fits(node, one.version)), key=_rank, default=None)


def fits(node: NodeRange, version: NodeVersion) -> bool:
    """Return True if a release is in a range, and new enough unless it is named exactly."""
    return within(node, version) and (is_supported(version) or len(node.parts) == _EXACT)


def within(node: NodeRange, version: NodeVersion) -> bool:
    """Return True if a release is in a range."""
    return node.matches(version) if node.parts else version.major in SUPPORTED_MAJORS


def nearest(releases: Iterable[Release], node: NodeRange) -> list[Release]:
    """Return the release of each provider that is nearest to the range, the nearest first."""
    wanted = _number(*(*node.parts, 999, 999, 999)[:3])

    def distance(release: Release) -> int:
        version = release.version
        return abs(_number(version.major, version.minor, version.patch) - wanted)

    best: dict[str, Release] = {}
    for release in releases:
        if release.version.major not in SUPPORTED_MAJORS:
            continue
        known = best.get(release.provider)
        if known is None or distance(release) < distance(known):
            best[release.provider] = release
    return sorted(best.values(), key=lambda release: (distance(release), _order(release)))


def not_found(target: Target, releases: Iterable[Release]) -> str:
    """Return a sentence: no release fits a target, and these are the nearest."""
    held = list(releases)
    node = "Node " + ".".join(map(str, target.node.parts)) if target.node.parts else "Node"
    message = f"No provider has {node} for {target.platform}-{target.arch}"
    old = _listed([one for one in held if within(target.node, one.version)], target.node)
    if old:
        message += f", except releases that are too old for executables: {old}"
    near = _listed([one for one in held if is_supported(one.version)], target.node)
    return f"{message}; nearest: {near}." if near else f"{message}."


def _listed(releases: Iterable[Release], node: NodeRange) -> str:
    return ", ".join(f"{one.version} ({one.provider})" for one in nearest(releases, node))


def mirror_for(target: Target) -> str:
    """Return the URL of a mirror that has Node for a machine, or the word ``URL``."""
    facts = target.platform.facts
    if facts.libc == "musl" or (facts.libc == "glibc" and target.arch in _UNOFFICIAL_ARCHES):
        return UNOFFICIAL
    return "URL" if target.platform == Platform.FREEBSD else OFFICIAL


def build_for(target: Target) -> str:
    """Return the option that compiles Node for a machine, and on which system it works."""
    facts = target.platform.facts
    return "--compile-node" if facts.os == "linux" else f"--compile-node, on {facts.os_name}"


def _rank(release: Release) -> tuple[NodeVersion, int]:
    return release.version, -_order(release)


def _order(release: Release) -> int:
    return PROVIDERS.index(release.provider)


def _number(major: int, minor: int, patch: int) -> int:
    return (major * 1000 + minor) * 1000 + patch

"""What can be built: every target with its newest releases, for ``sealift targets``."""

from __future__ import annotations

from dataclasses import dataclass

from sealift.errors import NodeError
from sealift.findings import Finding
from sealift.model import NodeBinary, Observer, Release
from sealift.nodes.available_releases import look_around
from sealift.nodes.folder_provider import Folder, folder_of
from sealift.nodes.node_cache import Cache, cache_root
from sealift.nodes.providers import providers_of
from sealift.nodes.select_release import preferred
from sealift.nodes.user_binary import own_binary
from sealift.options import NodeOptions
from sealift.target import SUPPORTED_MAJORS, NodeRange, Platform, Target, is_supported


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One target and what it would be built from now.

    Attributes:
        target: as a user writes it: ``node24-linux-x64``; ``linux-riscv64`` for a machine that no
            source has a release for.
        release: the newest release, such as ``24.19.0``, or that of the binary that the options
            name; "" if there is none: it is to be brought along or built.
        source: which source it comes from (``file`` and ``dir`` for binaries of the user's); ""
            if none.
        cached: it was fetched before.
        findings: sources that could not be asked; the same for all entries.
    """

    target: str
    release: str
    source: str
    cached: bool
    findings: tuple[Finding, ...] = ()


def catalogue(options: NodeOptions, observer: Observer) -> tuple[CatalogueEntry, ...]:
    """List the whole target table, with the newest release of each supported major.

    Raises:
        UsageError: an option is wrong.
        NodeError: the cache cannot be used, or a binary that the user named.
    """
    cache = Cache(cache_root(options.cache))
    sources = providers_of(options, cache)
    folder = folder_of(options, cache)
    machines = [(platform, arch) for platform in Platform for arch in platform.facts.arches]
    survey = look_around(
        [(platform.node_platform, arch) for platform, arch in machines],
        sources,
        cache,
        offline=options.offline,
        refresh=options.refresh,
        observer=observer,
    )
    places = {source.name: source.place for source in sources}
    findings = tuple(survey.findings)
    entries: list[CatalogueEntry] = []
    for platform, arch in machines:
        releases = survey.for_machine(platform.node_platform, arch)
        targets = [Target(NodeRange((major,)), platform, arch) for major in SUPPORTED_MAJORS]
        offered = {
            target: _brought_along(target, options, folder, cache)
            or preferred(releases, target.node)
            for target in targets
        }
        if not any(offered.values()):
            entries.append(CatalogueEntry(f"{platform}-{arch}", "", "", False, findings))
            continue
        for target, newest in offered.items():
            entries.append(
                CatalogueEntry(
                    target=str(target),
                    release=str(newest.version) if newest else "",
                    source=newest.source if newest else "",
                    cached=isinstance(newest, Release) and cache.has(newest, places[newest.source]),
                    findings=findings,
                )
            )
    return tuple(entries)


def _brought_along(
    target: Target, options: NodeOptions, folder: Folder | None, cache: Cache
) -> NodeBinary | None:
    """Give the user's own binary for a target, if executables can be made of it."""
    try:
        binary = own_binary(target, options.binaries, cache)
    except NodeError as error:
        # A text without a release speaks of all majors, and the binary is of one.
        if error.code != "binary-mismatch":
            raise
        binary = None
    if binary is None and folder is not None:
        binary = folder.find(target)
    return binary if binary is not None and is_supported(binary.version) else None

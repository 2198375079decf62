"""List every target with its newest releases, for ``sealift targets``."""

from __future__ import annotations

from msgspec import Struct

from sealift.cache import cache_root
from sealift.errors import NodeError
from sealift.findings import Finding
from sealift.model import NodeBinary, Observer, Release
from sealift.nodes.available_releases import find_releases
from sealift.nodes.folder_provider import Folder, folder_of
from sealift.nodes.node_cache import NodeCache
from sealift.nodes.providers import providers_of
from sealift.nodes.release_ranking import preferred
from sealift.nodes.user_binary import own_binary
from sealift.options import NodeOptions
from sealift.target import SUPPORTED_MAJORS, NodeRange, Platform, Target, is_supported


class CatalogueEntry(Struct, frozen=True):
    """One target, and the release that a build would use now.

    Attributes:
        target: as a user writes it: ``node24-linux-x64``, or ``linux-riscv64`` for a machine for
            which no provider has a release.
        release: the newest release, such as ``24.19.0``, or that of the binary that the options
            name; "" if there is none, so that the user must name or compile one.
        source: the provider (``file`` and ``dir`` for binaries that the user names), or "".
        cached: True if it was fetched before.
        findings: about providers that did not answer; the same for all entries.
    """

    target: str
    release: str
    provider: str
    cached: bool
    findings: tuple[Finding, ...] = ()


def catalogue(options: NodeOptions, observer: Observer) -> tuple[CatalogueEntry, ...]:
    """Return the whole target table, with the newest release of each supported major.

    Raises:
        UsageError: an option is wrong.
        NodeError: the cache, or a binary that the user named, is unusable.
    """
    cache = NodeCache(cache_root(options.cache))
    providers = providers_of(options, cache)
    folder = folder_of(options, cache)
    machines = [(platform, arch) for platform in Platform for arch in platform.facts.arches]
    available = find_releases(
        [(platform.node_platform, arch) for platform, arch in machines],
        providers,
        cache,
        offline=options.offline,
        refresh=options.refresh,
        observer=observer,
    )
    places = {provider.name: provider.place for provider in providers}
    findings = tuple(available.findings)
    entries: list[CatalogueEntry] = []
    for platform, arch in machines:
        releases = available.for_machine(platform.node_platform, arch)
        targets = [Target(NodeRange((major,)), platform, arch) for major in SUPPORTED_MAJORS]
        offered = {
            target: _named_by_user(target, options, folder, cache)
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
                    provider=newest.provider if newest else "",
                    cached=isinstance(newest, Release)
                    and cache.has(newest, places[newest.provider]),
                    findings=findings,
                )
            )
    return tuple(entries)


def _named_by_user(
    target: Target, options: NodeOptions, folder: Folder | None, cache: NodeCache
) -> NodeBinary | None:
    """Return the binary that the user named for a target, if its release is supported."""
    try:
        binary = own_binary(target, options.binaries, cache)
    except NodeError as error:
        # A name without a release stands for all majors, but the binary has one.
        if error.code != "binary-mismatch":
            raise
        binary = None
    if binary is None and folder is not None:
        binary = folder.find(target)
    return binary if binary is not None and is_supported(binary.version) else None

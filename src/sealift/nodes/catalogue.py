"""What can be built: every target with its newest releases, for ``sealift targets``."""

from __future__ import annotations

from dataclasses import dataclass

from sealift.model import Finding, Observer
from sealift.nodes.cache import Cache, cache_root
from sealift.nodes.choose import preferred
from sealift.nodes.sources import sources_of
from sealift.nodes.survey import look_around
from sealift.options import NodeOptions
from sealift.target import (
    SUPPORTED_ARCHES,
    SUPPORTED_MAJORS,
    SUPPORTED_PLATFORMS,
    NodeRange,
    Target,
)


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One target and what it would be built from now.

    Attributes:
        target: as a user writes it: ``node24-linux-x64``.
        release: the newest release, such as ``24.19.0``; "" if no source has one.
        source: which source it comes from; "" if none.
        cached: it need not be fetched.
        findings: sources that could not be asked; the same for all entries.
    """

    target: str
    release: str
    source: str
    cached: bool
    findings: tuple[Finding, ...] = ()


def catalogue(options: NodeOptions, observer: Observer) -> tuple[CatalogueEntry, ...]:
    """List every target with the newest release of each supported major.

    Raises:
        UsageError: an option is wrong.
        NodeError: the cache cannot be used.
    """
    cache = Cache(cache_root(options.cache))
    sources = sources_of(options, cache)
    machines = [(platform, arch) for platform in SUPPORTED_PLATFORMS for arch in SUPPORTED_ARCHES]
    survey = look_around(
        machines,
        sources,
        cache,
        offline=options.offline,
        refresh=options.refresh,
        observer=observer,
    )
    places = {source.name: source.place for source in sources}
    entries = []
    for platform, arch in machines:
        releases = survey.for_machine(platform, arch)
        for major in SUPPORTED_MAJORS:
            target = Target(NodeRange((major,)), platform, arch)
            newest = preferred(releases, target.node)
            entries.append(
                CatalogueEntry(
                    target=str(target),
                    release=str(newest.version) if newest else "",
                    source=newest.source if newest else "",
                    cached=newest is not None and cache.has(newest, places[newest.source]),
                    findings=tuple(survey.findings),
                )
            )
    return tuple(entries)

"""What can be built: every target with its newest releases, for ``sealift targets``."""

from __future__ import annotations

from dataclasses import dataclass

from sealift.model import Finding, Observer
from sealift.nodes.cache import Cache, cache_root
from sealift.nodes.check import system_of
from sealift.nodes.choose import preferred
from sealift.nodes.sources import sources_of
from sealift.nodes.survey import look_around
from sealift.options import NodeOptions
from sealift.target import MACHINES, SUPPORTED_MAJORS, NodeRange, Target, can_work


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One target and what it would be built from now.

    Attributes:
        target: as a user writes it: ``node24-linux-x64``; ``linux-riscv64`` for a machine that no
            source has a release for.
        release: the newest release, such as ``24.19.0``; "" if no source has one: the binary is to
            be brought along or built.
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
    """List the whole target table, with the newest release of each supported major.

    Raises:
        UsageError: an option is wrong.
        NodeError: the cache cannot be used.
    """
    cache = Cache(cache_root(options.cache))
    sources = sources_of(options, cache)
    machines = [(platform, arch) for platform, arches in MACHINES.items() for arch in arches]
    survey = look_around(
        [(system_of(platform), arch) for platform, arch in machines],
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
        found = survey.for_machine(system_of(platform), arch)
        releases = [release for release in found if can_work(release.version)]
        targets = [Target(NodeRange((major,)), platform, arch) for major in SUPPORTED_MAJORS]
        offered = {target: preferred(releases, target.node) for target in targets}
        if not any(offered.values()):
            entries.append(CatalogueEntry(f"{platform}-{arch}", "", "", False, findings))
            continue
        for target, newest in offered.items():
            entries.append(
                CatalogueEntry(
                    target=str(target),
                    release=str(newest.version) if newest else "",
                    source=newest.source if newest else "",
                    cached=newest is not None and cache.has(newest, places[newest.source]),
                    findings=findings,
                )
            )
    return tuple(entries)

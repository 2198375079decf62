"""Notes about targets that could not get the same release, or only an older one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sealift.findings import Finding, Severity
from sealift.nodes import messages
from sealift.nodes.available_releases import AvailableReleases
from sealift.nodes.release_ranking import preferred
from sealift.target import NodeRange, NodeVersion, Target
from sealift.target_build import ChosenRelease


def differing(
    targets: Sequence[Target],
    chosen: Mapping[Target, ChosenRelease],
    available: AvailableReleases,
) -> Iterator[Finding]:
    """Yield a note for each range whose targets differ in their release, or share an older one.

    Args:
        targets: all of the build.
        chosen: their releases.
        available: all releases that are known.
    """
    for node in dict.fromkeys(target.node for target in targets):
        alike = [target for target in targets if target.node == node]
        if len(alike) < 2 or node.is_exact:
            continue
        versions = {target: chosen[target].version for target in alike}
        if len(set(versions.values())) > 1:
            yield messages.RELEASES_DIFFER.finding(
                Severity.NOTE, range=_shown(node), releases=_listed(versions)
            )
            continue
        newer = {target: newest for target in alike if (newest := _newest(target, available))}
        newer = {target: one for target, one in newer.items() if one > versions[target]}
        if newer:
            yield messages.RELEASE_SHARED.finding(
                Severity.NOTE,
                version=versions[alike[0]],
                range=_shown(node),
                newer=_listed(newer),
            )


def _newest(target: Target, available: AvailableReleases) -> NodeVersion | None:
    releases = available.for_machine(target.platform.node_platform, target.arch)
    release = preferred(releases, target.node)
    return release.version if release is not None else None


def _shown(node: NodeRange) -> str:
    return "Node " + ".".join(map(str, node.parts)) if node.parts else "the latest Node"


def _listed(versions: Mapping[Target, NodeVersion]) -> str:
    return ", ".join(
        f"{version} for {target.platform}-{target.arch}" for target, version in versions.items()
    )

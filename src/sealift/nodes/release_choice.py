"""Choose an exact Node release for every target; no binary is downloaded.

A binary that the user named is used as it is, and so is one in a folder that is named as the
provider. An exact release that is cached is used without a question to anybody. Otherwise the
newest release in the target's range is chosen among all providers. All questions are asked at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sealift.cache import DigestMismatchError, cache_root
from sealift.errors import NodeError
from sealift.findings import Finding
from sealift.model import NodeBinary, Observer, Release
from sealift.nodes import messages
from sealift.nodes.available_releases import AvailableReleases, find_releases
from sealift.nodes.folder_provider import Folder, folder_of
from sealift.nodes.node_cache import NodeCache
from sealift.nodes.provider import Provider
from sealift.nodes.providers import (
    compiling_provider,
    providers_of,
    refuse_foreign_builds,
    require_buildable,
)
from sealift.nodes.select_release import build_for, mirror_for, not_found, preferred
from sealift.nodes.user_binary import own_binary, passed_over
from sealift.options import NodeOptions
from sealift.target import Arch, NodeRange, NodeVersion, Platform, Target, is_supported
from sealift.target_build import ChosenRelease, TargetBuild

Machine = tuple[Platform, Arch]
_EXACT = 3


@dataclass(frozen=True, slots=True)
class Choices:
    """The release of each target, and what the user should know about the choice."""

    releases: Mapping[Target, ChosenRelease]
    findings: tuple[Finding, ...]


def choose_releases(
    builds: Sequence[TargetBuild],
    options: NodeOptions,
    observer: Observer,
    compiler_host: Machine | None = None,
) -> tuple[TargetBuild, ...]:
    """Return the records with an exact release each.

    Args:
        builds: the targets.
        options: where binaries come from.
        observer: notified of questions to providers.
        compiler_host: the host, if its Node compiles bytecode; releases that exist for it too are
            preferred.

    Raises:
        NodeError: no provider has such a release, or none answers; or the cache is unusable.
        UsageError: an option is wrong.
    """
    targets = [build.target for build in builds]
    chosen = choose(targets, options, observer, companion=compiler_host)
    return tuple(
        replace(build, chosen=chosen.releases[build.target]).with_findings(chosen.findings)
        for build in builds
    )


def choose(
    targets: Sequence[Target],
    options: NodeOptions,
    observer: Observer,
    *,
    named: bool = True,
    companion: Machine | None = None,
) -> Choices:
    """Choose the releases for some targets, as described at the top of this file.

    Args:
        targets: any number of them.
        options: where binaries come from.
        observer: notified of questions to providers.
        named: use the binaries that the user named.
        companion: a machine; releases that exist for it too are preferred.

    Raises:
        NodeError, UsageError: as `choose_releases`.
    """
    cache = NodeCache(cache_root(options.cache))
    cache.sweep()
    providers = providers_of(options, cache)
    folder = folder_of(options, cache)
    chosen: dict[Target, ChosenRelease] = {}
    for target in targets:
        binary = _at_hand(target, options if named else None, folder, companion, providers, cache)
        if binary is not None:
            chosen[target] = ChosenRelease(binary.version, binary=binary)
    missing = [target for target in targets if target not in chosen]
    if folder and missing and not options.compile:
        raise folder.not_found(missing[0])
    available = _choose_among(providers, missing, chosen, options, cache, observer, companion)
    unused = passed_over(options.binaries, targets) if named else ()
    findings = [*unused, *available.findings]
    silent = {failure.provider for failure in available.failures}
    missing = [target for target in missing if target not in chosen]
    if options.compile and options.provider != "build":
        compiling = compiling_provider(options, cache)
        for target in [
            one for one in missing if _is_offered_nowhere(one, providers, silent, options)
        ]:
            wanted = _shared_release(target, available, companion, options)
            chosen[target], more = _choose_compiled(
                compiling, wanted, options, cache, observer, companion
            )
            findings += more
        providers = (*providers, compiling)
    _require_all(targets, chosen, available, options, cache)
    require_buildable([one.release for one in chosen.values()], providers, cache)
    return Choices(chosen, tuple(dict.fromkeys(findings)))


def _at_hand(
    target: Target,
    named_by: NodeOptions | None,
    folder: Folder | None,
    companion: Machine | None,
    providers: Sequence[Provider],
    cache: NodeCache,
) -> NodeBinary | None:
    """Return the binary that serves a target without a question to a provider, if there is one."""
    return (
        (own_binary(target, named_by.binaries, cache) if named_by else None)
        or (folder.find(target, companion) if folder else None)
        or _cached_exactly(target, providers, cache)
    )


def _choose_among(
    providers: Sequence[Provider],
    targets: Sequence[Target],
    chosen: dict[Target, ChosenRelease],
    options: NodeOptions,
    cache: NodeCache,
    observer: Observer,
    companion: Machine | None,
) -> AvailableReleases:
    """Ask providers for the releases of some targets, and add what fits best to ``chosen``."""
    compiles = any(provider.name == "build" for provider in providers)
    if compiles:
        refuse_foreign_builds(map(_machine, targets))
    available = find_releases(
        _machines(targets, companion),
        providers,
        cache,
        # The compiling provider knows by itself what it may ask for when it is offline.
        offline=options.offline and not compiles,
        refresh=options.refresh,
        observer=observer,
    )
    for target in targets:
        if (release := _preferred(available, target, companion)) is not None:
            chosen[target] = ChosenRelease(release.version, release)
    return available


def _choose_compiled(
    provider: Provider,
    target: Target,
    options: NodeOptions,
    cache: NodeCache,
    observer: Observer,
    companion: Machine | None,
) -> tuple[ChosenRelease, Sequence[Finding]]:
    """Choose the release that is compiled for a target, or was compiled before."""
    binary = _cached_exactly(target, (provider,), cache)
    if binary is not None:
        return ChosenRelease(binary.version, binary=binary), ()
    chosen: dict[Target, ChosenRelease] = {}
    available = _choose_among((provider,), [target], chosen, options, cache, observer, companion)
    _require_all([target], chosen, available, options, cache)
    return chosen[target], available.findings


def _is_offered_nowhere(
    target: Target, providers: Sequence[Provider], silent: set[str], options: NodeOptions
) -> bool:
    """Return True if every provider that could have a target's release answered that it has none.

    An unreachable provider is an error; it never triggers a compile.
    """
    return not any(
        provider.question(*_machine(target)) and (options.offline or provider.name in silent)
        for provider in providers
    )


def _shared_release(
    target: Target, available: AvailableReleases, companion: Machine | None, options: NodeOptions
) -> Target:
    """Return the target in the exact release that the companion has, if it has one."""
    if companion is None or options.source_tree is not None:
        return target
    shared = preferred(available.for_machine(companion[0].node_platform, companion[1]), target.node)
    return replace(target, node=_exactly(shared)) if shared is not None else target


def _exactly(release: Release) -> NodeRange:
    version = release.version
    return NodeRange((version.major, version.minor, version.patch))


def _machines(targets: Sequence[Target], companion: Machine | None) -> tuple[Machine, ...]:
    machines = dict.fromkeys(_machine(target) for target in targets)
    if companion is not None and machines:
        machines[companion[0].node_platform, companion[1]] = None
    return tuple(machines)


def _preferred(
    available: AvailableReleases, target: Target, companion: Machine | None
) -> Release | None:
    releases = available.for_machine(*_machine(target))
    if companion is not None:
        shared = {
            one.version for one in available.for_machine(companion[0].node_platform, companion[1])
        }
        both = [one for one in releases if one.version in shared]
        if (found := preferred(both, target.node)) is not None:
            return found
    return preferred(releases, target.node)


def _machine(target: Target) -> Machine:
    return target.platform.node_platform, target.arch


def _cached_exactly(
    target: Target, providers: Sequence[Provider], cache: NodeCache
) -> NodeBinary | None:
    """Return the cached binary of the first provider, for a target that names an exact release."""
    if len(target.node.parts) != _EXACT:
        return None
    for provider in providers:
        release = Release(NodeVersion(*target.node.parts), *_machine(target), provider.name, "", "")
        try:
            binary = cache.find(release, provider.place)
        except DigestMismatchError:
            continue
        if binary is not None:
            return binary
    return None


def _require_all(
    targets: Sequence[Target],
    chosen: Mapping[Target, ChosenRelease],
    available: AvailableReleases,
    options: NodeOptions,
    cache: NodeCache,
) -> None:
    """Raise NodeError if a target has no release."""
    missing = [target for target in targets if target not in chosen]
    if not missing:
        return
    if options.offline:
        raise messages.NOT_CACHED.error(cache=cache.root, targets=", ".join(map(str, missing)))
    target = missing[0]
    releases = available.for_machine(*_machine(target))
    if options.source_tree is not None and releases:
        raise _wrong_source_tree(releases[0].version, target, options)
    unasked = "; ".join(f"{failure.provider}: {failure.reason}" for failure in available.failures)
    if not releases and unasked:
        remedies = [f"{failure.remedy} " for failure in available.failures if failure.remedy]
        raise messages.PROVIDERS_UNREACHABLE.error(
            target=target, reasons=unasked, remedies="".join(remedies)
        )
    exists = any(is_supported(release.version) for release in releases)
    raise messages.RELEASE_UNKNOWN.error(
        what=not_found(target, releases) + (f" Not asked: {unasked}." if unasked else ""),
        request=(
            "Request a release that exists ('sealift targets' lists the newest, --refresh updates"
            " the list). Or "
            if exists
            else "Otherwise "
        ),
        platform=target.platform,
        arch=target.arch,
        mirror=mirror_for(target),
        build=build_for(target),
    )


def _wrong_source_tree(version: NodeVersion, target: Target, options: NodeOptions) -> NodeError:
    if not is_supported(version):
        return messages.SOURCE_TREE_TOO_OLD.error(path=options.source_tree, version=version)
    return messages.SOURCE_TREE_VERSION.error(
        path=options.source_tree,
        version=version,
        target=target,
        platform=target.platform,
        arch=target.arch,
    )

"""Choose an exact Node release for every target; no binary is downloaded.

A binary that the user named is used as it is, and so is one in a folder that is named as the
provider. A cached release is used without asking providers if the target names it exactly.
Otherwise the newest release in the target's range is chosen among all providers, which are asked at
the same time. Targets with the same range get one release, the newest that all of them have, where
there is one. A release of ``sealift.lock`` counts as named exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from sealift.cache import DigestMismatchError, cache_root
from sealift.errors import NodeError
from sealift.findings import Finding
from sealift.model import NodeBinary, Observer, Release
from sealift.nodes import messages
from sealift.nodes.available_releases import AvailableReleases, find_releases
from sealift.nodes.folder_provider import folder_of
from sealift.nodes.node_cache import NodeCache
from sealift.nodes.provider import Provider
from sealift.nodes.providers import (
    compiles_the_rest,
    compiling_provider,
    providers_of,
    refuse_foreign_builds,
    require_buildable,
)
from sealift.nodes.release_ranking import build_for, fits, mirror_for, not_found, preferred
from sealift.nodes.shared_releases import differing
from sealift.nodes.user_binary import own_binary, passed_over
from sealift.options import NodeOptions
from sealift.record import replace
from sealift.target import Arch, NodeRange, NodeVersion, Platform, Target, is_supported
from sealift.target_build import ChosenRelease, LockedTarget, TargetBuild

Machine = tuple[Platform, Arch]
_NOTHING_LOCKED: Mapping[Target, LockedTarget] = {}


class Choices(Struct, frozen=True):
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
        observer: notified before providers are asked.
        compiler_host: the host, if its Node compiles bytecode; releases that exist for it too are
            preferred.

    Raises:
        NodeError: no provider has such a release, or none answers; or the cache is unusable.
        UsageError: an option is wrong.
    """
    targets = [build.target for build in builds]
    locked = {build.target: build.locked for build in builds if build.locked is not None}
    chosen = choose(targets, options, observer, compiler_host=compiler_host, locked=locked)
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
    compiler_host: Machine | None = None,
    locked: Mapping[Target, LockedTarget] = _NOTHING_LOCKED,
) -> Choices:
    """Choose the releases for some targets, as described at the top of this file.

    Args:
        targets: any number of them.
        options: where binaries come from.
        observer: notified before providers are asked.
        named: use the binaries that the user named.
        compiler_host: as for `choose_releases`.
        locked: releases that are not chosen again.

    Raises:
        NodeError, UsageError: as `choose_releases`.
    """
    return _Chooser(options, observer, compiler_host, locked).choose(targets, named=named)


class _Chooser:
    """Chooses releases by one set of options."""

    def __init__(
        self,
        options: NodeOptions,
        observer: Observer,
        compiler_host: Machine | None,
        locked: Mapping[Target, LockedTarget],
    ) -> None:
        self._options = options
        self._observer = observer
        self._host = compiler_host and (compiler_host[0].node_platform, compiler_host[1])
        self._cache = NodeCache(cache_root(options.cache))
        self._cache.sweep()
        self._providers = providers_of(options, self._cache)
        self._folder = folder_of(options, self._cache)
        self._locked = locked

    def choose(self, targets: Sequence[Target], *, named: bool) -> Choices:
        """Return the release of each target; raise NodeError if one has none."""
        options = self._options
        chosen = {
            target: ChosenRelease(binary.version, binary=binary)
            for target in targets
            if (binary := self._without_asking(target, named=named)) is not None
        }
        missing = [target for target in targets if target not in chosen]
        if self._folder and missing and not options.compile:
            raise self._folder.not_found(missing[0])
        available = self._ask(self._providers, missing)
        chosen |= self._best(available, missing)
        unused = passed_over(options.binaries, targets) if named else ()
        findings = [*unused, *available.findings]
        providers = self._providers
        if compiles_the_rest(options):
            compiling = compiling_provider(options, self._cache)
            silent = {failure.provider for failure in available.failures}
            for target in missing:
                if target not in chosen and self._is_offered_nowhere(target, silent):
                    locked = target in self._locked
                    wanted = (
                        self._wanted(target)
                        if locked
                        else self._in_release_of_host(target, available)
                    )
                    chosen[target], more = self._compiled(compiling, wanted)
                    findings += more
            providers = (*providers, compiling)
        self._require_all(targets, chosen, available)
        findings += differing(targets, chosen, available)
        require_buildable([one.download for one in chosen.values()], providers, self._cache)
        return Choices(chosen, tuple(dict.fromkeys(findings)))

    def _without_asking(self, target: Target, *, named: bool) -> NodeBinary | None:
        """Return the binary of a target for which no provider needs to be asked."""
        return (
            (own_binary(target, self._options.binaries, self._cache) if named else None)
            or (self._folder.find(target, self._host) if self._folder else None)
            or self._cached_exactly(self._wanted(target), self._providers_for(target))
        )

    def _wanted(self, target: Target) -> Target:
        """Return the target with the exact release that the lock has, if it has one."""
        locked = self._locked.get(target)
        return target if locked is None else replace(target, node=NodeRange.exactly(locked.version))

    def _providers_for(self, target: Target) -> Sequence[Provider]:
        """Return the providers of a target: the one in the lock, if the options allow it."""
        locked = self._locked.get(target)
        same = [one for one in self._providers if locked and one.name == locked.provider]
        return same or self._providers

    def _ask(self, providers: Sequence[Provider], targets: Sequence[Target]) -> AvailableReleases:
        """Return the releases that providers have for some targets and for the host."""
        compiles = any(provider.name == "build" for provider in providers)
        if compiles:
            refuse_foreign_builds(map(_machine, targets))
        machines = dict.fromkeys(_machine(target) for target in targets)
        if self._host is not None and machines:
            machines[self._host] = None
        return find_releases(
            machines,
            providers,
            self._cache,
            # The compiling provider knows by itself what it may ask for when it is offline.
            offline=self._options.offline and not compiles,
            refresh=self._options.refresh,
            observer=self._observer,
        )

    def _best(
        self, available: AvailableReleases, targets: Sequence[Target]
    ) -> dict[Target, ChosenRelease]:
        """Return the best release of each target that has one.

        If possible, it is one that the host has too, and that all targets with the same range have.
        """
        suitable = {target: self._suitable(available, target) for target in targets}
        best = {}
        for target, releases in suitable.items():
            alike = [one for one in suitable if one.node == target.node and suitable[one]]
            versions = [{release.version for release in suitable[one]} for one in alike]
            versions += [
                {locked.version} for one, locked in self._locked.items() if one.node == target.node
            ]
            common = set.intersection(*versions) if versions else set()
            shared = [one for one in releases if one.version in common]
            node = self._wanted(target).node
            release = preferred(shared, node) or preferred(releases, node)
            if release is not None:
                best[target] = ChosenRelease(release.version, release)
        return best

    def _suitable(self, available: AvailableReleases, target: Target) -> list[Release]:
        """Return the releases in a target's range; only those that the host has, if there are."""
        names = {provider.name for provider in self._providers_for(target)}
        node = self._wanted(target).node
        releases = [
            one for one in available.for_machine(*_machine(target)) if fits(node, one.version)
        ]
        if target in self._locked:
            return [one for one in releases if one.provider in names]
        if self._host is None:
            return releases
        of_host = {one.version for one in available.for_machine(*self._host)}
        return [one for one in releases if one.version in of_host] or releases

    def _is_offered_nowhere(self, target: Target, silent: set[str]) -> bool:
        """Return True if every provider that could have a release answered that it has none.

        An unreachable provider is an error; it never triggers a compile.
        """
        return not any(
            provider.question(*_machine(target))
            and (self._options.offline or provider.name in silent)
            for provider in self._providers
        )

    def _in_release_of_host(self, target: Target, available: AvailableReleases) -> Target:
        """Return the target in the exact release that the host has, if it has one."""
        if self._host is None or self._options.source_tree is not None:
            return target
        shared = preferred(available.for_machine(*self._host), target.node)
        if shared is None:
            return target
        return replace(target, node=NodeRange.exactly(shared.version))

    def _compiled(
        self, provider: Provider, target: Target
    ) -> tuple[ChosenRelease, Sequence[Finding]]:
        """Return the release that is compiled for a target, or was compiled before."""
        binary = self._cached_exactly(target, (provider,))
        if binary is not None:
            return ChosenRelease(binary.version, binary=binary), ()
        available = self._ask((provider,), [target])
        chosen = self._best(available, [target])
        self._require_all([target], chosen, available)
        return chosen[target], available.findings

    def _cached_exactly(self, target: Target, providers: Sequence[Provider]) -> NodeBinary | None:
        """Return the first provider's cached binary, if the target names an exact release."""
        if not target.node.is_exact:
            return None
        version, machine = NodeVersion(*target.node.parts), _machine(target)
        for provider in providers:
            try:
                binary = self._cache.find(
                    Release(version, *machine, provider.name, "", ""), provider.place
                )
            except DigestMismatchError:
                continue
            if binary is not None:
                return binary
        return None

    def _require_all(
        self,
        targets: Sequence[Target],
        chosen: Mapping[Target, ChosenRelease],
        available: AvailableReleases,
    ) -> None:
        """Raise NodeError if a target has no release."""
        missing = [target for target in targets if target not in chosen]
        if not missing:
            return
        if self._options.offline:
            raise messages.NOT_CACHED.error(
                cache=self._cache.root, targets=", ".join(map(str, missing))
            )
        target = self._wanted(missing[0])
        releases = available.for_machine(*_machine(target))
        if self._options.source_tree is not None and releases:
            raise _wrong_source_tree(releases[0].version, target, self._options)
        failures = available.failures
        unasked = "; ".join(f"{failure.provider}: {failure.reason}" for failure in failures)
        if not releases and unasked:
            remedies = [f"{failure.remedy} " for failure in failures if failure.remedy]
            raise messages.PROVIDERS_UNREACHABLE.error(
                target=target, reasons=unasked, remedies="".join(remedies)
            )
        exists = any(is_supported(release.version) for release in releases)
        raise messages.RELEASE_UNKNOWN.error(
            what=not_found(target, releases) + (f" Not asked: {unasked}." if unasked else ""),
            request=messages.REQUEST_EXISTING if exists else messages.REQUEST_OTHERWISE,
            platform=target.platform,
            arch=target.arch,
            mirror=mirror_for(target),
            build=build_for(target),
        )


def _machine(target: Target) -> Machine:
    return target.platform.node_platform, target.arch


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

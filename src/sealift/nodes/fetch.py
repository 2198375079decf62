"""Get the Node binaries of chosen releases: from the cache, or fetched into it and checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sealift.cache import DigestMismatchError, cache_root
from sealift.findings import Finding, Severity
from sealift.formats.node_facts import NodeFacts
from sealift.model import NodeBinary, Observer, Release
from sealift.nodes import messages
from sealift.nodes.foreign_libraries import telling_foreign
from sealift.nodes.licence_text import keep_licence
from sealift.nodes.musl_libraries import with_libraries
from sealift.nodes.node_cache import NodeCache
from sealift.nodes.provider import Provider, ProviderUnavailableError
from sealift.nodes.providers import (
    compiles_the_rest,
    compiling_provider,
    providers_of,
    without_building,
)
from sealift.nodes.release_choice import Machine, choose
from sealift.nodes.validate import binary_facts, mismatch
from sealift.options import NodeOptions
from sealift.record import replace
from sealift.target import NodeRange, Target
from sealift.target_build import ChosenRelease, TargetBuild


def fetch_binaries(
    builds: Sequence[TargetBuild], options: NodeOptions, observer: Observer
) -> tuple[TargetBuild, ...]:
    """Return the records with their Node binaries, whole and checked; one download at a time.

    Raises:
        NodeError: a download failed, or what arrived is not the release; or the cache is unusable.
    """
    fetcher = _Fetcher(options, observer)
    fetched = []
    for build in builds:
        binary = fetcher.complete(build.release)
        fetched.append(replace(build, binary=binary).with_findings(binary.findings))
    return tuple(fetched)


def obtain(target: Target, options: NodeOptions, observer: Observer) -> NodeBinary:
    """Choose and fetch the Node binary for one target."""
    return obtain_all((target,), options, observer)[0]


def obtain_all(
    targets: Sequence[Target],
    options: NodeOptions,
    observer: Observer,
    *,
    named: bool = True,
    compiler_host: Machine | None = None,
) -> tuple[NodeBinary, ...]:
    """Choose and fetch the Node binaries for some targets, in their order.

    Args:
        targets: any number of them.
        options: where binaries come from.
        observer: notified of questions and downloads (in bytes, where their number is known).
        named: use the binaries that the user named.
        compiler_host: as for `choose_releases`.

    Raises:
        NodeError, UsageError: as `choose_releases` and `fetch_binaries`.
    """
    choices = choose(targets, options, observer, named=named, compiler_host=compiler_host)
    fetcher = _Fetcher(options, observer)
    binaries = [fetcher.complete(choices.releases[target]) for target in targets]
    return tuple(_with_findings(binary, choices.findings) for binary in binaries)


class _Fetcher:
    """Fetches releases from the providers that some options name."""

    def __init__(self, options: NodeOptions, observer: Observer) -> None:
        self._options = options
        self._observer = observer
        self._cache = NodeCache(cache_root(options.cache))
        providers = providers_of(options, self._cache)
        if compiles_the_rest(options):
            providers = (*providers, compiling_provider(options, self._cache))
        self._providers: dict[str, Provider] = {one.name: one for one in providers}

    def complete(self, chosen: ChosenRelease) -> NodeBinary:
        """Return a release's binary, with the shared libraries that a musl binary needs."""
        binary = with_libraries(self.fetch(chosen), self._lend)
        return telling_foreign(binary)

    def fetch(self, chosen: ChosenRelease) -> NodeBinary:
        """Return a release's binary; fetch it if it is missing or was changed."""
        if chosen.binary is not None:
            return chosen.binary
        assert chosen.download is not None
        release, findings = chosen.download, tuple[Finding, ...]()
        provider = self._providers[release.provider]
        try:
            if (binary := self._cache.find(release, provider.place)) is not None:
                return binary
        except DigestMismatchError as error:
            if self._options.offline:
                raise messages.CACHED_BINARY_CHANGED.error(path=error.path) from error
            findings = (messages.FETCHED_AGAIN.finding(Severity.WARNING, path=error.path),)
        self._add(release, provider)
        binary = self._cache.find(release, provider.place)
        if binary is None:
            raise self._cache.store.lost()
        return _with_findings(binary, findings)

    def _add(self, release: Release, provider: Provider) -> None:
        def make(path: Path) -> NodeFacts:
            provider.prepare(self._observer)
            provider.fetch(release, path, self._observer)
            keep_licence(self._cache, release.version, path.parent)
            self._observer.stage(f"checking {release}")
            return _checked(path, release)

        try:
            self._cache.add(release, provider.place, make, self._observer)
        except ProviderUnavailableError as error:
            raise messages.DOWNLOAD_FAILED.error(
                release=release, reason=error.reason, remedy=error.remedy or messages.OTHER_WAYS
            ) from error

    def _lend(self, target: Target) -> NodeBinary:
        """Return the PyPI wheel's binary for a target, whose libraries another binary may use."""
        wheels = without_building(self._options, provider="pypi")
        choices = choose((target,), wheels, self._observer, named=False)
        return _Fetcher(wheels, self._observer).fetch(choices.releases[target])


def _checked(path: Path, release: Release) -> NodeFacts:
    """Return the facts of a fetched binary; raise NodeError if it is not the release."""
    facts = binary_facts(path, str(release))
    exactly = NodeRange.exactly(release.version)
    if wrong := mismatch(facts, exactly, release.platform, release.arch):
        raise messages.FETCHED_BINARY_MISMATCH.error(release=release, reason=wrong)
    return facts


def _with_findings(binary: NodeBinary, findings: Sequence[Finding]) -> NodeBinary:
    return replace(binary, findings=(*findings, *binary.findings)) if findings else binary

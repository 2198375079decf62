"""From a target to a Node binary that is whole, checked and in the cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sealift.cache import DigestMismatchError
from sealift.errors import NodeError
from sealift.formats.node_facts import NodeFacts
from sealift.model import Finding, NodeBinary, Observer, Severity
from sealift.nodes.available_releases import Survey, look_around
from sealift.nodes.folder_provider import folder_of
from sealift.nodes.foreign_libraries import telling_foreign
from sealift.nodes.musl_libraries import with_libraries
from sealift.nodes.node_cache import Cache, cache_root
from sealift.nodes.provider import Release, Source, SourceUnavailableError
from sealift.nodes.providers import (
    refuse_foreign_builds,
    require_buildable,
    sources_of,
    without_building,
)
from sealift.nodes.select_release import build_for, mirror_for, not_found, preferred
from sealift.nodes.user_binary import own_binary, passed_over
from sealift.nodes.validate import binary_facts, mismatch
from sealift.options import NodeOptions
from sealift.target import Arch, NodeRange, NodeVersion, Platform, Target, is_supported

_WAYS_OUT = (
    "Check the network and its proxy settings; or use --offline with what is cached, or name a"
    " binary with --node-binary TARGET=PATH."
)
_EXACT = 3


def obtain(target: Target, options: NodeOptions, observer: Observer) -> NodeBinary:
    """Get the Node binary for one target, as `obtain_all` does."""
    return obtain_all((target,), options, observer)[0]


def obtain_all(
    targets: Sequence[Target],
    options: NodeOptions,
    observer: Observer,
    *,
    own: bool = True,
    companion: tuple[Platform, Arch] | None = None,
    libraries: bool = True,
) -> tuple[NodeBinary, ...]:
    """Get the Node binaries for some targets, in their order.

    What the user named is used as it is, as is what a folder holds that is named as the source. An
    exact release that is cached is used without asking
    anybody. Else the newest release in the target's range is chosen among all sources, and
    fetched if it is not cached. All questions are asked at once, before anything is fetched; the
    downloads come one after the other.

    Args:
        targets: what is wanted.
        options: where from.
        observer: told of questions and downloads (in bytes, where their number is known).
        own: use the binaries that the user named.
        companion: a machine; releases that exist for it too are preferred.
        libraries: see that musl binaries have the libraries that they need, and warn of what
            others need that not every system has.

    Raises:
        NodeError: no source has such a release, or none can be reached; what arrived is not what
            it should be; the cache cannot be used.
        UsageError: an option is wrong.
    """
    cache = Cache(cache_root(options.cache))
    cache.sweep()
    sources = sources_of(options, cache)
    folder = folder_of(options, cache)
    at_hand: dict[Target, NodeBinary | None] = {
        target: (own_binary(target, options.binaries, cache) if own else None)
        or (folder.find(target, companion) if folder else None)
        or _cached_exactly(target, sources, cache)
        for target in targets
    }
    wanted = [target for target, binary in at_hand.items() if binary is None]
    if folder and wanted and not options.build:
        raise folder.not_found(wanted[0])
    if any(source.name == "build" for source in sources):
        refuse_foreign_builds(map(_machine, wanted))
    survey = look_around(
        _machines(wanted, companion),
        sources,
        cache,
        # What is compiled is asked for at home, or of the cached sources.
        offline=options.offline and not any(source.name == "build" for source in sources),
        refresh=options.refresh,
        observer=observer,
    )
    chosen = {target: _preferred(survey, target, companion) for target in wanted}
    if options.build and options.source != "build":
        for target in [one for one, release in chosen.items() if release is None]:
            if _offered_nowhere(target, survey, sources, options):
                del chosen[target]
                at_hand[target] = _compiled(target, survey, options, observer, companion)
    _require_all(chosen, survey, options, cache)
    require_buildable(chosen.values(), sources, cache)
    by_name = {source.name: source for source in sources}
    for target, release in chosen.items():
        if release is not None:
            source = by_name[release.source]
            taken = _take(release, source, cache, options.offline, observer)
            at_hand[target] = replace(taken, findings=(*survey.findings, *taken.findings))
    binaries = [binary for target in targets if (binary := at_hand[target]) is not None]
    if own and binaries and (findings := passed_over(options.binaries, targets)):
        binaries[0] = replace(binaries[0], findings=(*findings, *binaries[0].findings))

    def lend(target: Target) -> NodeBinary:
        wheels = without_building(options, source="pypi")
        return obtain_all((target,), wheels, observer, own=False, libraries=False)[0]

    if not libraries:
        return tuple(binaries)
    return tuple(telling_foreign(with_libraries(binary, lend)) for binary in binaries)


def _offered_nowhere(
    target: Target, survey: Survey, sources: Sequence[Source], options: NodeOptions
) -> bool:
    """Tell whether all sources that may have a target's release have said that they do not."""
    silent = {failure.source for failure in survey.failures}
    return not any(
        source.question(*_machine(target)) and (options.offline or source.name in silent)
        for source in sources
    )


def _compiled(
    target: Target,
    survey: Survey,
    options: NodeOptions,
    observer: Observer,
    companion: tuple[Platform, Arch] | None,
) -> NodeBinary:
    """Have Node compiled for a target; in the release that a companion's is to be had in."""
    refuse_foreign_builds([_machine(target)])
    if companion is not None and options.node_src is None:
        releases = survey.for_machine(companion[0].node_platform, companion[1])
        if (shared := preferred(releases, target.node)) is not None:
            version = shared.version
            exactly = NodeRange((version.major, version.minor, version.patch))
            target = replace(target, node=exactly)
    on_demand = replace(options, source="build")
    return obtain_all((target,), on_demand, observer, own=False, libraries=False)[0]


def _machines(
    targets: Sequence[Target], companion: tuple[Platform, Arch] | None
) -> tuple[tuple[Platform, Arch], ...]:
    machines = dict.fromkeys(_machine(target) for target in targets)
    if companion is not None and machines:
        machines[companion[0].node_platform, companion[1]] = None
    return tuple(machines)


def _preferred(
    survey: Survey, target: Target, companion: tuple[Platform, Arch] | None
) -> Release | None:
    releases = survey.for_machine(*_machine(target))
    if companion is not None:
        shared = {
            one.version for one in survey.for_machine(companion[0].node_platform, companion[1])
        }
        both = [one for one in releases if one.version in shared]
        if (found := preferred(both, target.node)) is not None:
            return found
    return preferred(releases, target.node)


def _machine(target: Target) -> tuple[Platform, Arch]:
    return target.platform.node_platform, target.arch


def _cached_exactly(target: Target, sources: Sequence[Source], cache: Cache) -> NodeBinary | None:
    """Give a cached binary for a target that names one release exactly, of the first source."""
    if len(target.node.parts) != _EXACT:
        return None
    for source in sources:
        release = Release(NodeVersion(*target.node.parts), *_machine(target), source.name, "", "")
        try:
            binary = cache.find(release, source.place)
        except DigestMismatchError:
            continue
        if binary is not None:
            return binary
    return None


def _require_all(
    chosen: dict[Target, Release | None], survey: Survey, options: NodeOptions, cache: Cache
) -> None:
    missing = [target for target, release in chosen.items() if release is None]
    if not missing:
        return
    if options.offline:
        raise NodeError(
            "not-cached",
            f"Not in the cache {cache.root}, which is all that --offline allows:"
            f" Node for {', '.join(map(str, missing))}.",
            "Run once without --offline, or name binaries with --node-binary TARGET=PATH.",
        )
    target = missing[0]
    releases = survey.for_machine(*_machine(target))
    if options.node_src is not None and releases:
        version = releases[0].version
        source = f"{options.node_src} is the source of Node {version}, which is"
        if not is_supported(version):
            raise NodeError(
                "source-tree-version",
                f"{source} too old to make executables of.",
                "Name the source of a newer release with --node-src.",
            )
        raise NodeError(
            "source-tree-version",
            f"{source} not what {target} asks for.",
            f"Ask for that release, -t node{version}-{target.platform}-{target.arch},"
            " or name another source with --node-src.",
        )
    unasked = "; ".join(f"{failure.source}: {failure.reason}" for failure in survey.failures)
    if not releases and unasked:
        remedies = [failure.remedy for failure in survey.failures if failure.remedy]
        raise NodeError(
            "sources-unreachable",
            f"No source could be asked for {target} ({unasked}).",
            " ".join([*remedies, _WAYS_OUT]),
        )
    raise NodeError(
        "release-unknown",
        not_found(target, releases) + (f" Not asked: {unasked}." if unasked else ""),
        (
            "Ask for one that exists ('sealift targets' lists the newest ones; --refresh asks the"
            " sources again). Or bring"
            if any(is_supported(release.version) for release in releases)
            else "Bring"
        )
        + " one along"
        f" (--node-binary {target.platform}-{target.arch}=PATH, or --node-source dir:FOLDER for a"
        " folder of them), name a mirror that has one"
        f" (--node-mirror {mirror_for(target)}), or have it built ({build_for(target)}).",
    )


def _take(
    release: Release, source: Source, cache: Cache, offline: bool, observer: Observer
) -> NodeBinary:
    """Give a release's binary out of the cache; fetch it if it is missing or was changed."""
    findings: tuple[Finding, ...] = ()
    try:
        binary = cache.find(release, source.place)
        if binary is not None:
            return binary
    except DigestMismatchError as error:
        message = f"The cached {error.path} is not the file that was fetched: its digest differs"
        if offline:
            raise NodeError(
                "digest-mismatch", f"{message}.", "Run once without --offline to fetch it again."
            ) from error
        findings = (Finding(Severity.WARNING, "digest-mismatch", f"{message}; fetched again."),)

    def make(path: Path) -> NodeFacts:
        source.prepare(observer)
        source.fetch(release, path, observer)
        observer.stage(f"checking {release}")
        return _accept(path, release)

    try:
        cache.add(release, source.place, make, observer)
    except SourceUnavailableError as error:
        raise NodeError(
            "download-failed",
            f"{release} could not be fetched ({error.reason}).",
            error.remedy or f"{_WAYS_OUT} Or try another --node-source.",
        ) from error
    binary = cache.find(release, source.place)
    if binary is None:
        raise NodeError(
            "cache-unusable",
            f"The cache {cache.root} does not keep what is put there.",
            "Name another directory (--cache DIR, or SEALIFT_CACHE).",
        )
    return replace(binary, findings=findings)


def _accept(path: Path, release: Release) -> NodeFacts:
    facts = binary_facts(path, str(release))
    version = release.version
    exactly = NodeRange((version.major, version.minor, version.patch))
    if wrong := mismatch(facts, exactly, release.platform, release.arch):
        raise NodeError(
            "binary-mismatch",
            f"{release} is not what it is said to be: {wrong}.",
            "Use another source or release; the source's maker should hear of it.",
        )
    return facts

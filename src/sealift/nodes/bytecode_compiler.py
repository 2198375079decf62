"""A Node for the host with exactly the V8 of a target's: what compiles its bytecode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sealift.cache import DigestMismatchError
from sealift.errors import NodeError
from sealift.model import NodeBinary, Observer, Release
from sealift.nodes import messages
from sealift.nodes.available_releases import look_around
from sealift.nodes.fetch import obtain_all
from sealift.nodes.node_cache import Cache, cache_root
from sealift.nodes.providers import providers_of, without_building
from sealift.nodes.select_release import nearest
from sealift.nodes.user_binary import own_binary
from sealift.options import NodeOptions
from sealift.target import Arch, NodeRange, NodeVersion, Platform, Target

_MISSING = {"release-unknown", "not-cached", "sources-unreachable"}


def obtain_compiler(
    binary: NodeBinary,
    machine: tuple[Platform, Arch],
    at_hand: Sequence[NodeBinary],
    options: NodeOptions,
    observer: Observer,
) -> NodeBinary:
    """Get a Node binary that this machine can run, with the V8 of ``binary``.

    The same release is preferred; another one of the same major with the same V8 will do.

    Args:
        binary: a target's.
        machine: the host's platform and architecture.
        at_hand: binaries that are used anyway; they are looked at first.
        options: where from.
        observer: told of questions and downloads.

    Raises:
        NodeError: ``compiler-missing``: there is none; or as `obtain_all`.
    """
    machine = machine[0].node_platform, machine[1]
    for candidate in _candidates(binary, machine, at_hand, options, observer):
        if candidate.facts.v8_version == binary.facts.v8_version:
            return candidate
    v8 = binary.facts.v8_version or "of a known version"
    raise messages.COMPILER_MISSING.error(
        version=binary.version, host=f"{machine[0]}-{machine[1]}", v8=v8
    )


def _candidates(
    binary: NodeBinary,
    machine: tuple[Platform, Arch],
    at_hand: Sequence[NodeBinary],
    options: NodeOptions,
    observer: Observer,
) -> Iterator[NodeBinary]:
    """Give what may do, one by one: fetching the next is not free."""
    if not binary.facts.v8_version:
        return
    runs_here = [one for one in (binary, *at_hand) if (one.platform, one.arch) == machine]
    yield from sorted(runs_here, key=lambda one: one.version != binary.version)
    cache = Cache(cache_root(options.cache))
    target = _exactly(binary.version, machine)
    try:
        named = own_binary(target, options.binaries, cache)
    except NodeError:
        named = None  # it is for targets of another release
    if named is not None:
        yield named
    # What sources have will do as well as what takes hours to compile.
    stock = without_building(options) if options.build or options.source == "build" else options
    yield from _obtained(target, stock, observer)
    for release in _others(binary, machine, cache, stock, observer):
        other = replace(stock, source=release.source)
        yield obtain_all((_exactly(release.version, machine),), other, observer, named=False)[0]
    if stock is not options:
        yield from _obtained(target, options, observer)


def _obtained(target: Target, options: NodeOptions, observer: Observer) -> Iterator[NodeBinary]:
    """Give the binary for a target, if there is one."""
    try:
        yield obtain_all((target,), options, observer, named=False)[0]
    except NodeError as error:
        if error.code not in _MISSING:
            raise


def _others(
    binary: NodeBinary,
    machine: tuple[Platform, Arch],
    cache: Cache,
    options: NodeOptions,
    observer: Observer,
) -> Iterator[Release]:
    """Give releases of the same major: those in the cache with the same V8, then the nearest."""
    sources = providers_of(options, cache)
    survey = look_around(
        [machine],
        sources,
        cache,
        offline=options.offline,
        refresh=options.refresh,
        observer=observer,
    )
    places = {source.name: source.place for source in sources}
    same_major = [
        release
        for release in survey.for_machine(*machine)
        if release.version.major == binary.version.major and release.version != binary.version
    ]
    unknown = []
    for release in same_major:
        try:
            cached = cache.find(release, places[release.source])
        except DigestMismatchError:
            cached = None
        if cached is None:
            unknown.append(release)
        elif cached.facts.v8_version == binary.facts.v8_version:
            yield release
    if not options.offline:
        version = binary.version
        yield from nearest(unknown, NodeRange((version.major, version.minor, version.patch)))


def _exactly(version: NodeVersion, machine: tuple[Platform, Arch]) -> Target:
    return Target(NodeRange((version.major, version.minor, version.patch)), *machine)

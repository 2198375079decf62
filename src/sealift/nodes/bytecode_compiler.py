"""Find the Node that compiles bytecode: one for the host, with the V8 of the target's Node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sealift.cache import DigestMismatchError, cache_root
from sealift.errors import NodeError
from sealift.model import NodeBinary, Observer, Release
from sealift.nodes import messages
from sealift.nodes.available_releases import find_releases
from sealift.nodes.fetch import obtain_all
from sealift.nodes.node_cache import NodeCache
from sealift.nodes.providers import providers_of, stock_only
from sealift.nodes.release_ranking import nearest
from sealift.nodes.user_binary import own_binary
from sealift.options import NodeOptions
from sealift.record import replace
from sealift.target import Arch, NodeRange, NodeVersion, Platform, Target

_MISSING = {"release-unknown", "not-cached", "sources-unreachable"}


def obtain_compiler(
    binary: NodeBinary,
    machine: tuple[Platform, Arch],
    at_hand: Sequence[NodeBinary],
    options: NodeOptions,
    observer: Observer,
) -> NodeBinary:
    """Return a Node binary that the host can run, with the V8 of ``binary``.

    The same release is preferred; another one of the same major with the same V8 is as good.

    Args:
        binary: of a target.
        machine: platform and architecture of the host.
        at_hand: binaries that the build uses anyway; they are tried first.
        options: where binaries come from.
        observer: notified of questions and downloads.

    Raises:
        NodeError: ``compiler-missing``: there is no such binary; or as `obtain_all`.
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
    """Yield candidates one by one, because fetching the next one is not free."""
    if not binary.facts.v8_version:
        return
    runs_here = [one for one in (binary, *at_hand) if (one.platform, one.arch) == machine]
    yield from sorted(runs_here, key=lambda one: one.version != binary.version)
    cache = NodeCache(cache_root(options.cache))
    same_major = Target(NodeRange((binary.version.major,)), *machine)
    try:
        named = own_binary(same_major, options.binaries, cache)
    except NodeError:
        named = None  # it is of another major
    if named is not None:
        yield named
    target = _exactly(binary.version, machine)
    # A stock binary is as good as one that takes hours to compile.
    stock = stock_only(options)
    yield from _obtained(target, stock, observer)
    for release in _others(binary, machine, cache, stock, observer):
        other = replace(stock, provider=release.provider)
        yield obtain_all((_exactly(release.version, machine),), other, observer, named=False)[0]
    if stock is not options:
        yield from _obtained(target, options, observer)


def _obtained(target: Target, options: NodeOptions, observer: Observer) -> Iterator[NodeBinary]:
    """Yield the binary for a target, if there is one."""
    try:
        yield obtain_all((target,), options, observer, named=False)[0]
    except NodeError as error:
        if error.code not in _MISSING:
            raise


def _others(
    binary: NodeBinary,
    machine: tuple[Platform, Arch],
    cache: NodeCache,
    options: NodeOptions,
    observer: Observer,
) -> Iterator[Release]:
    """Yield releases of the same major: cached ones with the same V8, then the nearest."""
    providers = providers_of(options, cache)
    available = find_releases(
        [machine],
        providers,
        cache,
        offline=options.offline,
        refresh=options.refresh,
        observer=observer,
    )
    places = {provider.name: provider.place for provider in providers}
    same_major = [
        release
        for release in available.for_machine(*machine)
        if release.version.major == binary.version.major and release.version != binary.version
    ]
    unknown = []
    for release in same_major:
        try:
            cached = cache.find(release, places[release.provider])
        except DigestMismatchError:
            cached = None
        if cached is None:
            unknown.append(release)
        elif cached.facts.v8_version == binary.facts.v8_version:
            yield release
    if not options.offline:
        yield from nearest(unknown, NodeRange.exactly(binary.version))


def _exactly(version: NodeVersion, machine: tuple[Platform, Arch]) -> Target:
    return Target(NodeRange.exactly(version), *machine)

"""The providers that the options name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from sealift.model import Observer, Release
from sealift.nodes import messages
from sealift.nodes.node_cache import NodeCache
from sealift.nodes.provider import Provider
from sealift.options import PROVIDERS, NodeOptions
from sealift.record import replace
from sealift.target import Arch, Platform

if TYPE_CHECKING:
    from sealift.nodes.mirror_provider import MirrorProvider


def providers_of(options: NodeOptions, cache: NodeCache) -> tuple[Provider, ...]:
    """Return the providers to choose from.

    ``auto`` is npm and pypi, or the mirror alone if a mirror or its key ring is named. If the user
    names Node's source or patches, all binaries are compiled. A folder (``dir:PATH``) is not a
    provider here; see `sealift.nodes.folder_provider`.

    Raises:
        UsageError: the provider is unknown, or the mirror's URL is malformed.
    """
    named = options.source_tree is not None or bool(options.patches)
    if named and not (options.compile or options.provider == "build"):
        raise messages.BUILD_NOT_ENABLED.error()
    if named:
        return (_build(options, cache),)
    if options.provider.startswith("dir:"):
        return ()
    if options.provider == "auto":
        mirrored = options.mirror or options.mirror_keyring is not None
        names = ["mirror"] if mirrored else ["npm", "pypi"]
    else:
        names = [options.provider]
    if names[0] not in PROVIDERS:
        raise messages.PROVIDER_UNKNOWN.error(name=names[0], names=", ".join(PROVIDERS))
    return tuple(_MAKERS[name](options, cache) for name in names)


def compiles_the_rest(options: NodeOptions) -> bool:
    """Return True if Node is compiled for the targets that no other provider has."""
    return options.compile and options.provider != "build"


def compiling_provider(options: NodeOptions, cache: NodeCache) -> Provider:
    """Return the provider that compiles Node from source."""
    return _build(options, cache)


def require_buildable(
    releases: Iterable[Release | None], providers: Sequence[Provider], cache: NodeCache
) -> None:
    """Check that every release can be compiled, before compiling the first takes hours.

    Raises:
        NodeError: one cannot be compiled.
    """
    for provider in providers:
        if provider.name == "build":
            from sealift.nodes.build import BuildProvider

            assert isinstance(provider, BuildProvider)
            missing = [
                one for one in releases if one is not None and not cache.has(one, provider.place)
            ]
            provider.require(missing)


def refuse_foreign_builds(machines: Iterable[tuple[Platform, Arch]]) -> None:
    """Raise NodeError if Node for one of some machines cannot be compiled on this host's system.

    Raises:
        NodeError: as described.
    """
    from sealift.nodes.build import refuse_foreign_build

    for machine in machines:
        refuse_foreign_build(*machine)


def without_building(options: NodeOptions, provider: str = "auto") -> NodeOptions:
    """Return the options with which nothing is compiled."""
    return replace(options, provider=provider, compile=False, source_tree=None, patches=())


def stock_only(options: NodeOptions) -> NodeOptions:
    """Return the options; if Node would be compiled with them, those with which it is not."""
    builds = options.compile or options.provider == "build"
    return without_building(options) if builds else options


# Imported when used: a build with a full cache needs none of them.


def _mirror(options: NodeOptions, cache: NodeCache) -> MirrorProvider:
    from sealift.nodes.mirror_provider import MirrorProvider

    return MirrorProvider(options.mirror, options.mirror_keyring, cache.store)


def _npm(options: NodeOptions, cache: NodeCache) -> Provider:
    from sealift.nodes.npm_provider import NpmProvider

    def client(observer: Observer) -> tuple[str, ...]:
        from sealift.nodes.npm_client import npm_client

        return npm_client(cache.store, options.offline, observer)

    return NpmProvider(client, cache.store)


def _pypi(options: NodeOptions, cache: NodeCache) -> Provider:  # noqa: ARG001 - all have one signature
    from sealift.nodes.pypi_provider import PypiProvider

    return PypiProvider(cache.store)


def _build(options: NodeOptions, cache: NodeCache) -> Provider:
    from sealift.nodes.build import BuildProvider

    return BuildProvider(options, cache, _mirror(options, cache))


_MAKERS: dict[str, Callable[[NodeOptions, NodeCache], Provider]] = {
    "mirror": _mirror,
    "npm": _npm,
    "pypi": _pypi,
    "build": _build,
}

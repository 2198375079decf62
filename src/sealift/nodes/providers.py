"""Which sources some options name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from sealift.errors import UsageError
from sealift.model import Observer, Release
from sealift.nodes.node_cache import Cache
from sealift.nodes.provider import Provider
from sealift.options import NodeOptions
from sealift.target import Arch, Platform


def providers_of(options: NodeOptions, cache: Cache) -> tuple[Provider, ...]:
    """Give the sources to choose from.

    ``auto`` is npm and pypi; or the mirror alone, if one is named or a key ring for it. Where the
    user names Node's source or patches of it, all is compiled. A folder
    (``dir:PATH``) is no source that is asked, but looked at by `sealift.nodes.folder_provider`.

    Raises:
        UsageError: there is no such source, or the mirror's URL is wrong.
    """
    makers: dict[str, Callable[[NodeOptions, Cache], Provider]] = {
        "mirror": _mirror,
        "npm": _npm,
        "pypi": _pypi,
        "build": _build,
    }
    named = options.node_src is not None or bool(options.node_patches)
    if named and not (options.build or options.source == "build"):
        raise UsageError(
            "build-not-asked",
            "Node's source or a patch of it is named, but Node is not to be compiled.",
            "Add --build, or leave --node-src and --node-patch out.",
        )
    if named:
        return (_build(options, cache),)
    if options.source.startswith("dir:"):
        return ()
    if options.source == "auto":
        mirrored = options.mirror or options.mirror_keyring is not None
        names = ["mirror"] if mirrored else ["npm", "pypi"]
    else:
        names = [options.source]
    if names[0] not in makers:
        raise UsageError(
            "source-unknown",
            f"There is no source of Node binaries named '{names[0]}'.",
            f"The sources are auto, {', '.join(makers)}, and dir:PATH for a folder of them.",
        )
    return tuple(makers[name](options, cache) for name in names)


def compiling_provider(options: NodeOptions, cache: Cache) -> Provider:
    """Return the provider that compiles Node from source."""
    return _build(options, cache)


def require_buildable(
    releases: Iterable[Release | None], sources: Sequence[Provider], cache: Cache
) -> None:
    """See that what is to be compiled can be, before the first is, which takes hours.

    Raises:
        NodeError: it cannot.
    """
    for source in sources:
        if source.name == "build":
            from sealift.nodes.build import BuildProvider

            assert isinstance(source, BuildProvider)
            source.require(
                [one for one in releases if one is not None and not cache.has(one, source.place)]
            )


def refuse_foreign_builds(machines: Iterable[tuple[Platform, Arch]]) -> None:
    """See that Node for some machines can be compiled on a system like this one at all.

    Raises:
        NodeError: it cannot.
    """
    from sealift.nodes.build import refuse_foreign_build

    for machine in machines:
        refuse_foreign_build(*machine)


def without_building(options: NodeOptions, source: str = "auto") -> NodeOptions:
    """Give the options with which nothing is compiled."""
    return replace(options, source=source, build=False, node_src=None, node_patches=())


# Imported only when used, like all in this package that a build with a warm cache does not need.


def _mirror(options: NodeOptions, cache: Cache) -> Provider:  # noqa: ARG001 - they are all alike
    from sealift.nodes.mirror_provider import MirrorProvider

    return MirrorProvider(options.mirror, options.mirror_keyring)


def _npm(options: NodeOptions, cache: Cache) -> Provider:
    from sealift.nodes.npm_provider import NpmProvider

    def client(observer: Observer) -> tuple[str, ...]:
        from sealift.nodes.npm_client import npm_client

        return npm_client(cache.store, options.offline, observer)

    return NpmProvider(client)


def _pypi(options: NodeOptions, cache: Cache) -> Provider:  # noqa: ARG001 - they are all alike
    from sealift.nodes.pypi_provider import PypiProvider

    return PypiProvider()


def _build(options: NodeOptions, cache: Cache) -> Provider:
    from sealift.nodes.build import BuildProvider
    from sealift.nodes.mirror_provider import MirrorProvider

    return BuildProvider(options, cache, MirrorProvider(options.mirror, options.mirror_keyring))

"""Which sources some options name."""

from __future__ import annotations

from collections.abc import Callable

from sealift.errors import UsageError
from sealift.model import Observer
from sealift.nodes.cache import Cache
from sealift.nodes.source import Source
from sealift.options import NodeOptions


def sources_of(options: NodeOptions, cache: Cache) -> tuple[Source, ...]:
    """Give the sources to choose from.

    ``auto`` is npm and pypi; or the mirror alone, if one is named or a key ring for it. A folder
    (``dir:PATH``) is no source that is asked, but looked at by `sealift.nodes.folder`.

    Raises:
        UsageError: there is no such source, or the mirror's URL is wrong.
    """
    makers: dict[str, Callable[[NodeOptions, Cache], Source]] = {
        "mirror": _mirror,
        "npm": _npm,
        "pypi": _pypi,
    }
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


# Imported only when used, like all in this package that a build with a warm cache does not need.


def _mirror(options: NodeOptions, cache: Cache) -> Source:  # noqa: ARG001 - they are all alike
    from sealift.nodes.mirror import MirrorSource

    return MirrorSource(options.mirror, options.mirror_keyring)


def _npm(options: NodeOptions, cache: Cache) -> Source:
    from sealift.nodes.npm import NpmSource

    def client(observer: Observer) -> tuple[str, ...]:
        from sealift.nodes.npm_client import npm_client

        return npm_client(cache, options.offline, observer)

    return NpmSource(client)


def _pypi(options: NodeOptions, cache: Cache) -> Source:  # noqa: ARG001 - they are all alike
    from sealift.nodes.pypi import PypiSource

    return PypiSource()

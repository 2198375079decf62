"""Which sources some options name."""

from __future__ import annotations

from collections.abc import Callable

from sealift.errors import UsageError
from sealift.model import Observer
from sealift.nodes.cache import Cache
from sealift.nodes.mirror import MirrorSource
from sealift.nodes.npm import NpmSource
from sealift.nodes.npm_client import npm_client
from sealift.nodes.pypi import PypiSource
from sealift.nodes.source import Source
from sealift.options import NodeOptions


def sources_of(options: NodeOptions, cache: Cache) -> tuple[Source, ...]:
    """Give the sources to choose from.

    ``auto`` is npm and pypi, or the mirror alone if one is named.

    Raises:
        UsageError: there is no such source, or the mirror's URL is wrong.
    """

    def client(observer: Observer) -> tuple[str, ...]:
        return npm_client(cache, options.offline, observer)

    makers: dict[str, Callable[[], Source]] = {
        "mirror": lambda: MirrorSource(options.mirror, options.mirror_keyring),
        "npm": lambda: NpmSource(client),
        "pypi": PypiSource,
    }
    if options.source == "auto":
        names = ["mirror"] if options.mirror else ["npm", "pypi"]
    else:
        names = [options.source]
    if names[0] not in makers:
        raise UsageError(
            "source-unknown",
            f"There is no source of Node binaries named '{names[0]}'.",
            f"The sources are auto, {', '.join(makers)}.",
        )
    return tuple(makers[name]() for name in names)

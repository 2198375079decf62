"""An npm client for the other parts of a build, and for whoever has only Python."""

from __future__ import annotations

from sealift.cache import Store, cache_root
from sealift.errors import NodeError
from sealift.model import Observer
from sealift.nodes.provider import SourceUnavailableError
from sealift.options import NodeOptions


def npm_command(options: NodeOptions, observer: Observer) -> tuple[str, ...]:
    """Give the beginning of a command that runs npm, for whoever needs an npm client.

    Raises:
        NodeError: there is none and none can be fetched; or the cache is unusable.
    """
    from sealift.nodes.npm_client import npm_client

    try:
        return npm_client(Store(cache_root(options.cache)), options.offline, observer)
    except SourceUnavailableError as error:
        raise NodeError(
            "npm-missing",
            f"There is no npm client ({error.reason}).",
            error.remedy or "Check the network and its proxy settings, or install Node.",
        ) from error

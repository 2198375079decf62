"""The npm client: the user's own, or the one in PyPI's wheel of Node.

So a host with nothing but Python has npm, too. pip installs the wheel for the host once, into
``npm-client/`` in the cache; the Node in it runs npm and nothing else.
"""

from __future__ import annotations

from pathlib import Path

from sealift.cache import (
    Store,
    cache_root,
    is_intact_tree,
    is_trusted_below,
    places,
    seal_tree,
    touch,
)
from sealift.model import Observer
from sealift.nodes import messages
from sealift.nodes.provider import ProviderUnavailableError
from sealift.nodes.pypi_provider import PROJECT
from sealift.options import NodeOptions
from sealift.tools import npm, pip


def find_npm(options: NodeOptions, observer: Observer) -> tuple[str, ...]:
    """Return the beginning of a command that runs npm, for the other stages of a build.

    Raises:
        NodeError: there is no npm client and none can be fetched; or the cache is unusable.
    """
    try:
        return npm_client(Store(cache_root(options.cache)), options.offline, observer)
    except ProviderUnavailableError as error:
        raise messages.NPM_NOT_FETCHED.error(
            reason=error.reason,
            remedy=error.remedy or "Check the network and its proxy settings, or install Node.",
        ) from error


def npm_client(store: Store, offline: bool, observer: Observer) -> tuple[str, ...]:
    """Return the beginning of a command that runs npm; fetch an npm client if there is none.

    Raises:
        NodeError: ``offline`` forbids to fetch one; or the cache is unusable.
        ProviderUnavailableError: it could not be fetched.
    """
    if npm.works(client := npm.installed_client()):
        return client
    directory = store.path(places.NPM_CLIENT, "npm-client")
    if npm.works(client := _client_in(directory, store)):
        touch(directory)
        return client
    if offline:
        raise messages.NPM_NOT_CACHED.error()
    observer.stage("fetching an npm client (from PyPI's wheel of Node)")
    store.make(
        directory,
        "an npm client",
        lambda: npm.works(_client_in(directory, store)),
        lambda work: _install(work, store, observer),
        observer,
    )
    if not npm.works(client := _client_in(directory, store)):
        raise ProviderUnavailableError(
            "npm",
            "the npm client in PyPI's wheel of Node does not run on this host",
            "Install Node, or use another provider with --node-provider pypi.",
        )
    return client


def _client_in(directory: Path, store: Store) -> tuple[str, ...]:
    """Return the command of the npm in the cache; () if it is missing or was changed."""
    if is_trusted_below(store.root, directory) and is_intact_tree(directory):
        return npm.client_in(directory)
    return ()


def _install(work: Path, store: Store, observer: Observer) -> None:
    with store.arriving(f"pip {PROJECT}", "an npm client", observer) as wheel:
        try:
            pip.install(PROJECT, wheel, work)
        except pip.PipError as error:
            reason = f"this host has no npm, and none could be fetched: {error.reason}"
            raise ProviderUnavailableError("npm", reason, error.remedy) from error
    seal_tree(work / "entry")

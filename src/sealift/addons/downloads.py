"""Addons that a package's installer would download: fetched for the target, kept in the cache.

Their digest is not published. It is recorded when they are fetched first; from then on the cached
file is used.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sealift.addons import messages
from sealift.addons.download_urls import Download, downloads_addons, find_download
from sealift.addons.installed_packages import InstalledPackage
from sealift.addons.npm_settings import SettingsError, read_npm_settings
from sealift.addons.package_cache import PackageCache, Stored, entry_name
from sealift.addons.problem import Problem
from sealift.addons.unpack_tarball import ArchiveError
from sealift.lockfiles import NpmPlatform
from sealift.model import Observer
from sealift.tools import http
from sealift.tools.continued_file import fetch_named
from sealift.tools.download_progress import show_progress
from sealift.tools.subprocesses import redact

_MOST_BYTES = 1 << 30


class Downloads:
    """Downloads for one project."""

    def __init__(
        self,
        root: Path,
        store: PackageCache,
        npm: Callable[[], tuple[str, ...]],
        observer: Observer,
        *,
        offline: bool,
    ) -> None:
        """Prepare for a project; nothing is read yet.

        Args:
            root: the project's directory.
            store: the cache of packages.
            npm: returns the first words of a command that runs npm.
            observer: notified of what is fetched.
            offline: use the cache only.
        """
        self._root = root
        self._store = store
        self._npm = npm
        self._observer = observer
        self._offline = offline
        self._settings: dict[str, str] | Problem | None = None
        self._obtained: dict[Download, Stored | Problem] = {}

    def obtain(
        self, package: InstalledPackage, platform: NpmPlatform, module_version: int
    ) -> tuple[Stored, str] | Problem | None:
        """Put a package's addon for a target into the cache.

        Return the addon and the directory in the package to which it belongs, or why it cannot be
        fetched; None for a package that has no such installer.
        """
        if not downloads_addons(package):
            return None
        if self._settings is None:
            self._settings = self._read_settings()
        if isinstance(self._settings, Problem):
            return self._settings
        download = find_download(package, platform, module_version, self._settings)
        if download is None:
            return None
        if download not in self._obtained:
            self._obtained[download] = self._provide(package, download)
        found = self._obtained[download]
        return found if isinstance(found, Problem) else (found, download.directory)

    def _read_settings(self) -> dict[str, str] | Problem:
        try:
            return read_npm_settings(self._root, self._npm)
        except SettingsError as error:
            return Problem.of(messages.SETTINGS_UNREADABLE, reason=error)

    def _provide(self, package: InstalledPackage, download: Download) -> Stored | Problem:
        entry = entry_name(package.name, package.version, download.url)
        shown, setting = redact(download.url), download.setting
        if (stored := self._store.find(entry)) is not None:
            return stored
        if self._offline:
            return Problem.of(messages.DOWNLOAD_NOT_CACHED, url=shown)
        if not download.trusted and not download.url.startswith("https://"):
            return Problem.of(messages.DOWNLOAD_NOT_ENCRYPTED, url=shown, setting=setting)
        label = package.label
        try:
            with self._store.arriving(download.url, label) as tarball:
                _fetch(download.url, tarball, shown.rpartition("/")[2], self._observer)
                try:
                    self._store.add(entry, tarball, label, strip=download.strip, origin=shown)
                except ArchiveError as error:
                    return Problem.of(
                        messages.DOWNLOAD_BROKEN, url=shown, reason=error, setting=setting
                    )
        except http.HttpError as error:
            return Problem.of(
                messages.DOWNLOAD_FAILED, url=shown, reason=error.reason, setting=setting
            )
        return self._store.find(entry) or Problem.of(messages.LOST_FROM_CACHE, tarball=shown)


def _fetch(url: str, tarball: Path, name: str, observer: Observer) -> None:
    """Fetch a file, or the rest of it.

    Raises:
        HttpError: it cannot be fetched.
        OSError: it cannot be written.
    """
    what = f"fetching {name}"
    observer.stage(what)
    with http.Client() as client:
        begin = show_progress(observer, what)
        fetch_named(client, url, tarball, largest=_MOST_BYTES, begin=begin)

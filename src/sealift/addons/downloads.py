"""Addons that a package's installer would download: fetched for the target, kept in the cache.

Nothing says beforehand what their digest is: it is recorded when they are first fetched, and what
is in the cache is used from then on.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from sealift.addons.download_urls import Place, find_place, npm_settings
from sealift.addons.installed import Installed
from sealift.addons.package_cache import ArchiveError, PackageCache, Stored, entry_name
from sealift.addons.package_fetch import Problem
from sealift.lockfiles import NpmPlatform
from sealift.model import Observer
from sealift.tools.subprocesses import redact

NOT_DOWNLOADED = "not-downloaded"
_SECONDS = 60.0
_CHUNK = 1 << 20


class Downloads:
    """Downloads for one project."""

    def __init__(
        self, root: Path, store: PackageCache, observer: Observer, *, offline: bool
    ) -> None:
        self._root = root
        self._store = store
        self._observer = observer
        self._offline = offline
        self._settings: dict[str, str] | None = None
        self._obtained: dict[Place, Stored | Problem] = {}

    def obtain(
        self, package: Installed, machine: NpmPlatform, module_version: int
    ) -> tuple[Stored, str] | Problem:
        """Have a package's addon for a target in the cache.

        Gives it and the directory in the package where it belongs, or why it cannot be had; the
        code is `NOT_DOWNLOADED` for a package that has no such installer.
        """
        if self._settings is None:
            self._settings = npm_settings(self._root)
        place = find_place(package, machine, module_version, self._settings)
        if place is None:
            return Problem(NOT_DOWNLOADED, "", "")
        if place not in self._obtained:
            self._obtained[place] = self._provide(package, place)
        found = self._obtained[place]
        return found if isinstance(found, Problem) else (found, place.directory)

    def _provide(self, package: Installed, place: Place) -> Stored | Problem:
        entry = entry_name(package.name, package.version, place.url)
        shown = redact(place.url)
        if (stored := self._store.find(entry)) is not None:
            return stored
        if self._offline:
            return Problem(
                "addon-unavailable",
                f"{shown} is not in the cache, and nothing may be fetched",
                "Build once without --offline",
            )
        if not place.trusted and not place.url.startswith("https://"):
            return _refused(f"{shown} is on a server without encryption", place)
        self._observer.stage(f"fetching {shown.rpartition('/')[2]}")
        with tempfile.TemporaryDirectory(prefix="sealift-addons-") as name:
            tarball = Path(name) / "addon.tar.gz"
            reason = _fetch(place.url, tarball)
            if reason:
                return _refused(f"{shown} cannot be fetched ({reason})", place)
            try:
                self._store.add(entry, tarball, package.label, strip=place.strip, origin=shown)
            except ArchiveError as error:
                return _refused(f"{shown} {error}", place)
        return self._store.find(entry) or _refused(f"{shown} has vanished from the cache", place)


def _fetch(url: str, tarball: Path) -> str:
    """Download a file; give the reason why it cannot be had, or ""."""
    # Imported here: it takes longer than all else that a build with a warm cache does.
    import httpx

    try:
        with (
            httpx.Client(follow_redirects=True, timeout=_SECONDS) as client,
            client.stream("GET", url, headers={"User-Agent": "sealift"}) as response,
            tarball.open("wb") as out,
        ):
            if url.startswith("https:") and response.url.scheme != "https":
                return "it redirects to a server without encryption"
            if response.status_code != httpx.codes.OK:
                return f"HTTP {response.status_code}"
            for piece in response.iter_raw(_CHUNK):
                out.write(piece)
            expected = response.headers.get("content-length", "")
            if expected.isdigit() and out.tell() != int(expected):
                return "it ends early"
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return redact(str(error)) or type(error).__name__
    return ""


def _refused(reason: str, place: Place) -> Problem:
    return Problem(
        "addon-unavailable",
        reason,
        f"Name a host that has it by npm's setting {place.setting} (in .npmrc), use a version with"
        " prebuilds",
    )

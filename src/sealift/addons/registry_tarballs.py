"""Fetch packages from a project's registries; continue what an earlier run has fetched.

npm says where they are. It fetches by itself, and begins again after an interruption, what only it
can: see `sealift.tools.npm_tarball`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sealift.addons import messages
from sealift.addons.npm_registry import Registry, RegistryError
from sealift.addons.package_cache import PackageCache, Stored
from sealift.addons.problem import Problem
from sealift.lockfiles import PackageVersion
from sealift.model import Observer
from sealift.tools.download_progress import show_progress
from sealift.tools.http import HttpError
from sealift.tools.npm_tarball import complete
from sealift.tools.private_files import work_directory

Keep = Callable[[PackageVersion, Path], Stored | Problem]


class TarballFetcher:
    """Fetches packages for one project."""

    def __init__(
        self, registry: Registry, store: PackageCache, observer: Observer, keep: Keep
    ) -> None:
        """Prepare for a project; nothing is read yet.

        Args:
            registry: the project's registries.
            store: the cache, which has what an earlier run has fetched.
            observer: notified of what is fetched.
            keep: puts a package, whose tarball is given, into the cache.
        """
        self._registry = registry
        self._store = store
        self._observer = observer
        self._keep = keep

    def fetch(self, packages: Sequence[PackageVersion]) -> dict[PackageVersion, Stored | Problem]:
        """Fetch packages with their integrity, and keep them."""
        try:
            found = self._continue(packages)
        except RegistryError as error:
            return {package: _failed(package, error) for package in packages}
        return found | self._fetch_by_npm([one for one in packages if one not in found])

    def _continue(
        self, packages: Sequence[PackageVersion]
    ) -> dict[PackageVersion, Stored | Problem]:
        """Fetch packages, or the rest of them, except for those that only npm can fetch.

        Raises:
            RegistryError: no registry answers.
        """
        found: dict[PackageVersion, Stored | Problem] = {}
        client = self._registry.connect()
        if client is None:
            return found
        with client:
            for package, tarball in self._registry.locate(packages).items():
                what = f"fetching {package.label}"
                begin = show_progress(self._observer, what)
                self._observer.stage(what)
                asked = f"npm {package.label} {package.integrity}"
                try:
                    with self._store.arriving(asked, package.label) as path:
                        if complete(client, tarball, path, begin):
                            found[package] = self._keep(package, path)
                except HttpError as error:
                    found[package] = Problem.of(
                        messages.INTERRUPTED, tarball=package.label, reason=error.reason
                    )
        return found

    def _fetch_by_npm(
        self, packages: Sequence[PackageVersion]
    ) -> dict[PackageVersion, Stored | Problem]:
        found: dict[PackageVersion, Stored | Problem] = {}
        if not packages:
            return found
        self._observer.stage("fetching addons", len(packages))
        with work_directory() as directory:
            try:
                paths = self._registry.fetch(packages, directory)
            except RegistryError:
                # npm fetched all or none; each is fetched by itself to find the missing one.
                paths = {}
            for package in packages:
                try:
                    path = paths.get(package) or self._registry.fetch([package], directory)[package]
                except RegistryError as error:
                    found[package] = _failed(package, error)
                else:
                    found[package] = self._keep(package, path)
                self._observer.advance(1)
        return found


def _failed(package: PackageVersion, error: Exception) -> Problem:
    return Problem.of(messages.FETCH_FAILED, tarball=package.label, reason=error)

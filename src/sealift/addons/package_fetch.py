"""Packages that are not installed: looked up in the lockfile or the registry, fetched, cached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from sealift.addons import messages
from sealift.addons.installed_packages import InstalledPackage
from sealift.addons.integrity import matches_integrity
from sealift.addons.npm_registry import Registry, RegistryError
from sealift.addons.npm_settings import registry_settings
from sealift.addons.package_cache import PackageCache, Stored, entry_name
from sealift.addons.problem import Problem
from sealift.addons.registry_tarballs import TarballFetcher
from sealift.addons.unpack_tarball import ArchiveError
from sealift.cache import Store, cache_root
from sealift.lockfiles import Lockfile, PackageVersion, open_lockfile, parse_dependency
from sealift.model import Observer
from sealift.nodes import find_npm
from sealift.options import NodeOptions
from sealift.record import replace


class DependencyRequest(Struct, frozen=True):
    """One dependency of a package that is installed or fetched."""

    parent: InstalledPackage | PackageVersion
    name: str
    spec: str


class PackageFetcher:
    """The packages that one project can get.

    Attributes:
        store: the cache of packages.
    """

    def __init__(self, root: Path, options: NodeOptions, observer: Observer) -> None:
        """Prepare for a project; nothing is read yet.

        Args:
            root: the project's directory.
            options: the cache, and whether fetching is allowed.
            observer: notified of what is fetched.
        """
        self.store = PackageCache(Store(cache_root(options.cache)), observer)
        self._root = root
        self._options = options
        self._observer = observer
        self._lockfile: Lockfile | None = None
        self._lockfile_read = False
        self._npm: tuple[str, ...] = ()
        self._registry = Registry(root, self.npm)
        self._tarballs = TarballFetcher(self._registry, self.store, observer, self._keep)
        self._registries: str | None = None
        self._fetched: dict[PackageVersion, Stored | Problem] = {}

    @property
    def lockfile(self) -> Lockfile | None:
        """The project's lockfile, read at the first use; None if there is none.

        Raises:
            ProjectError: ``lockfile-unreadable``.
        """
        if not self._lockfile_read:
            self._lockfile, self._lockfile_read = open_lockfile(self._root), True
        return self._lockfile

    def npm(self) -> tuple[str, ...]:
        """Return the first words of a command that runs npm, found or fetched at the first use.

        Raises:
            NodeError: there is no npm, and none can be fetched.
        """
        if not self._npm:
            self._npm = find_npm(self._options, self._observer)
        return self._npm

    def describe(
        self, requests: Iterable[DependencyRequest]
    ) -> dict[DependencyRequest, PackageVersion | Problem]:
        """Return which package each request means, with the platforms that it supports.

        The lockfile answers first, the registry what the lockfile does not know; its answers are
        cached. A request that no registry knows is missing in the result.

        Raises:
            ProjectError: ``lockfile-unreadable``.
        """
        found: dict[DependencyRequest, PackageVersion | Problem] = {}
        unknown: dict[tuple[str, str], list[tuple[DependencyRequest, PackageVersion | None]]] = {}
        for request in dict.fromkeys(requests):
            locked = self._locked(request)
            if isinstance(locked, Problem) or (locked is not None and locked.platforms is not None):
                found[request] = locked
            else:
                spec = f"npm:{locked.label}" if locked is not None else request.spec
                unknown.setdefault((request.name, spec), []).append((request, locked))
        answers = self._ask(list(unknown))
        for asked, pairs in unknown.items():
            answer = answers if isinstance(answers, Problem) else answers.get(asked)
            for request, locked in pairs:
                if isinstance(answer, PackageVersion) and locked is not None:
                    found[request] = replace(
                        locked,
                        integrity=locked.integrity or answer.integrity,
                        platforms=answer.platforms,
                    )
                elif answer is not None:
                    found[request] = answer
        return found

    def obtain(self, packages: Iterable[PackageVersion]) -> dict[PackageVersion, Stored | Problem]:
        """Put packages into the cache, complete and compared with their integrity."""
        wanted = list(dict.fromkeys(packages))
        missing = [package for package in wanted if package not in self._fetched]
        checkable = self._with_integrity(missing)
        to_fetch: dict[PackageVersion, PackageVersion] = {}
        for package in missing:
            full = checkable[package]
            if isinstance(full, Problem):
                self._fetched[package] = full
            elif (stored := self.store.find(_entry(full))) is not None:
                self._fetched[package] = stored
            elif self._options.offline:
                self._fetched[package] = Problem.of(messages.NOT_CACHED, tarball=package.label)
            else:
                to_fetch[package] = full
        if to_fetch:
            self._observer.stage("fetching addons")
            found = self._tarballs.fetch(list(to_fetch.values()))
            self._fetched |= {package: found[full] for package, full in to_fetch.items()}
        return {package: self._fetched[package] for package in wanted}

    def _locked(self, request: DependencyRequest) -> PackageVersion | Problem | None:
        """Return what the lockfile lists; a problem if it does not match what is installed."""
        lockfile, parent = self.lockfile, request.parent
        if lockfile is None:
            return None
        if isinstance(parent, InstalledPackage):
            locked = lockfile.version_of(parent)
            if locked is not None and parent.version and locked != parent.version:
                return Problem.of(
                    messages.LOCKFILE_DISAGREES,
                    lockfile=lockfile.path.name,
                    name=parent.name,
                    locked=locked,
                    installed=parent.version,
                )
        return lockfile.dependency(parent, request.name, request.spec)

    def _ask(
        self, wanted: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], PackageVersion] | Problem:
        """Ask the registry about dependencies (name, spec), unless its answer is cached."""
        found = {}
        for name, spec in wanted:
            if (known := self.store.recall(self._key(name, spec))) is not None:
                found[name, spec] = known
        unknown = [asked for asked in wanted if asked not in found]
        if not unknown:
            return found
        if self._options.offline:
            return Problem.of(messages.UNKNOWN_OFFLINE)
        self._observer.stage("asking the registry for addons", len(unknown))
        try:
            answers = self._registry.describe(unknown)
        except RegistryError as error:
            return Problem.of(messages.REGISTRY_FAILED, reason=error)
        for (name, spec), package in answers.items():
            self.store.remember(self._key(name, spec), package)
        return found | answers

    def _with_integrity(
        self, packages: Sequence[PackageVersion]
    ) -> dict[PackageVersion, PackageVersion | Problem]:
        """Ask the registry for integrities that the lockfile lacks (that of Yarn 2 and newer)."""
        bare = {one: (one.name, f"npm:{one.label}") for one in packages if not one.integrity}
        answers = self._ask(list(bare.values())) if bare else {}
        found: dict[PackageVersion, PackageVersion | Problem] = {}
        for package in packages:
            if package not in bare:
                found[package] = package
            elif isinstance(answers, Problem):
                found[package] = answers
            elif (answer := answers.get(bare[package])) is not None and answer.integrity:
                found[package] = replace(package, integrity=answer.integrity)
            else:
                found[package] = Problem.of(messages.NOT_IN_REGISTRY, tarball=package.label)
        return found

    def _keep(self, package: PackageVersion, tarball: Path) -> Stored | Problem:
        label = package.label
        if not matches_integrity(tarball, package.integrity):
            recorded_in = self.lockfile.path.name if self.lockfile is not None else "the registry"
            return Problem.of(messages.WRONG_INTEGRITY, tarball=label, recorded_in=recorded_in)
        try:
            self.store.add(_entry(package), tarball, label, strip=True)
        except ArchiveError as error:
            return Problem.of(messages.TARBALL_BROKEN, tarball=label, reason=error)
        lost = Problem.of(messages.LOST_FROM_CACHE, tarball=label)
        return self.store.find(_entry(package)) or lost

    def _key(self, name: str, spec: str) -> str:
        registry_name, version = parse_dependency(name, spec)
        if self._registries is None:
            self._registries = registry_settings(self._root, self.npm)
        return "\0".join((name, registry_name, version, self._registries))


def _entry(package: PackageVersion) -> str:
    return entry_name(package.registry_name, package.version, package.integrity)

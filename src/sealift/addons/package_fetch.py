"""Packages that are not installed: found in the lockfile or at the registry, fetched, kept."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sealift.addons.installed import Installed
from sealift.addons.integrity import matches_integrity
from sealift.addons.npm_registry import Registry, RegistryError
from sealift.addons.package_cache import ArchiveError, PackageCache, Stored, entry_name
from sealift.cache import Store, cache_root
from sealift.lockfiles import Lockfile, PackageVersion, open_lockfile, parse_dependency
from sealift.model import Observer
from sealift.nodes import find_npm
from sealift.options import NodeOptions

_NETWORK = "Check the network and npm's registry settings (.npmrc), then build again."


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a package cannot be had: a code, a clause, a remedy."""

    code: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Request:
    """What an installed package, or one that is fetched, asks for."""

    parent: Installed | PackageVersion
    name: str
    spec: str


class Supply:
    """All that can be had for one project.

    Attributes:
        store: where it is kept.
    """

    def __init__(self, root: Path, options: NodeOptions, observer: Observer) -> None:
        """Open it.

        Args:
            root: the project's directory.
            options: the cache, and whether nothing may be fetched.
            observer: told what is fetched.
        """
        self.store = PackageCache(Store(cache_root(options.cache)), observer)
        self.offline = options.offline
        self._root = root
        self._options = options
        self._observer = observer
        self._lock: Lockfile | None = None
        self._lock_read = False
        self._npm: tuple[str, ...] = ()
        self._registry = Registry(root, self._npm_client)
        self._settings = _settings_digest(root)
        self._fetched: dict[PackageVersion, Stored | Problem] = {}

    @property
    def lock(self) -> Lockfile | None:
        """The project's lockfile, read when it is first asked for.

        Raises:
            ProjectError: ``lockfile-unreadable``.
        """
        if not self._lock_read:
            self._lock, self._lock_read = open_lockfile(self._root), True
        return self._lock

    def pinned(self, request: Request) -> PackageVersion | Problem | None:
        """Give what the lockfile says; a problem if it is not of what is installed."""
        lock, parent = self.lock, request.parent
        if lock is None:
            return None
        if isinstance(parent, PackageVersion):
            return lock.dependency(parent, request.name, request.spec)
        meant = lock.version_of(parent)
        if meant is not None and parent.version and meant != parent.version:
            return Problem(
                "lockfile-disagrees",
                f"{lock.path.name} has {parent.name}@{meant}, but {parent.version} is installed",
                "Install what the lockfile says (`npm ci`), or bring the lockfile up to date.",
            )
        return lock.dependency(parent, request.name, request.spec)

    def describe(self, requests: Iterable[Request]) -> dict[Request, PackageVersion | Problem]:
        """Find out what is asked for, with the machines that it is for.

        By the lockfile; what it does not say, by the registry, whose answers are kept. What no
        registry has is missing in the answer.

        Raises:
            ProjectError: ``lockfile-unreadable``.
        """
        found: dict[Request, PackageVersion | Problem] = {}
        unknown: dict[tuple[str, str], list[tuple[Request, PackageVersion | None]]] = {}
        for request in dict.fromkeys(requests):
            pin = self.pinned(request)
            if isinstance(pin, Problem) or (pin is not None and pin.platforms is not None):
                found[request] = pin
                continue
            spec = f"npm:{pin.label}" if pin is not None else request.spec
            unknown.setdefault((request.name, spec), []).append((request, pin))
        answers = self._ask(list(unknown))
        for asked, askers in unknown.items():
            answer = answers if isinstance(answers, Problem) else answers.get(asked)
            for request, pin in askers:
                if isinstance(answer, PackageVersion) and pin is not None:
                    found[request] = replace(
                        pin,
                        integrity=pin.integrity or answer.integrity,
                        platforms=answer.platforms,
                    )
                elif answer is not None:
                    found[request] = answer
        return found

    def obtain(self, pins: Iterable[PackageVersion]) -> dict[PackageVersion, Stored | Problem]:
        """Have packages in the cache, whole and compared with their integrity."""
        wanted = list(dict.fromkeys(pins))
        missing = [pin for pin in wanted if pin not in self._fetched]
        whole = self._with_integrity(missing)
        to_fetch: dict[PackageVersion, PackageVersion] = {}
        for pin in missing:
            full = whole[pin]
            if isinstance(full, Problem):
                self._fetched[pin] = full
            elif (stored := self.store.find(_entry(full))) is not None:
                self._fetched[pin] = stored
            elif self.offline:
                self._fetched[pin] = _offline(pin)
            else:
                to_fetch[pin] = full
        if to_fetch:
            self._observer.stage("fetching addons", len(to_fetch))
            self._fetch(to_fetch)
        return {pin: self._fetched[pin] for pin in wanted}

    def _ask(
        self, wanted: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], PackageVersion] | Problem:
        found = {}
        for name, spec in wanted:
            if (known := self.store.recall(self._key(name, spec))) is not None:
                found[name, spec] = known
        unknown = [asked for asked in wanted if asked not in found]
        if not unknown:
            return found
        if self.offline:
            return Problem(
                "addon-unavailable",
                "which package is for it is not known, and nothing may be fetched",
                "Build once without --offline.",
            )
        self._observer.stage("asking the registry for addons", len(unknown))
        try:
            answers = self._registry.describe(unknown)
        except RegistryError as error:
            return Problem("addon-unavailable", f"the registry cannot be asked ({error})", _NETWORK)
        for (name, spec), pin in answers.items():
            self.store.remember(self._key(name, spec), pin)
        return found | answers

    def _with_integrity(
        self, pins: Sequence[PackageVersion]
    ) -> dict[PackageVersion, PackageVersion | Problem]:
        """Ask the registry for integrities that the lockfile does not hold (Yarn's later ones)."""
        bare = {pin: (pin.name, f"npm:{pin.label}") for pin in pins if not pin.integrity}
        answers = self._ask(list(bare.values())) if bare else {}
        found: dict[PackageVersion, PackageVersion | Problem] = {}
        for pin in pins:
            if pin not in bare:
                found[pin] = pin
            elif isinstance(answers, Problem):
                found[pin] = answers
            elif (answer := answers.get(bare[pin])) is not None and answer.integrity:
                found[pin] = replace(pin, integrity=answer.integrity)
            else:
                found[pin] = Problem(
                    "addon-unavailable", f"the registry does not have {pin.label}", _NETWORK
                )
        return found

    def _fetch(self, wanted: dict[PackageVersion, PackageVersion]) -> None:
        with tempfile.TemporaryDirectory(prefix="sealift-addons-") as name:
            directory = Path(name)
            try:
                paths = self._registry.fetch(list(wanted.values()), directory)
            except RegistryError:
                # All or none; what is missing is told of what is missing.
                paths = {}
            for pin, full in wanted.items():
                try:
                    path = paths.get(full) or self._registry.fetch([full], directory)[full]
                except RegistryError as error:
                    reason = f"{pin.label} cannot be fetched ({error})"
                    self._fetched[pin] = Problem("addon-unavailable", reason, _NETWORK)
                else:
                    self._fetched[pin] = self._keep(full, path)
                self._observer.advance(1)

    def _keep(self, pin: PackageVersion, tarball: Path) -> Stored | Problem:
        if not matches_integrity(tarball, pin.integrity):
            lock = self.lock
            whose = f"{lock.path.name} has" if lock is not None else "the registry told"
            return Problem(
                "addon-integrity",
                f"what was fetched as {pin.label} does not have the integrity that {whose}",
                "Find out who changed it: the registry, a proxy or the lockfile; or build again.",
            )
        try:
            self.store.add(_entry(pin), tarball, pin.label, strip=True)
        except ArchiveError as error:
            return Problem(
                "addon-broken",
                f"the tarball of {pin.label} {error}",
                "Ask its publisher, or use another version.",
            )
        return self.store.find(_entry(pin)) or Problem(
            "addon-unavailable", f"{pin.label} has vanished from the cache", "Build again."
        )

    def _key(self, name: str, spec: str) -> str:
        registry_name, version = parse_dependency(name, spec)
        return "\0".join((name, registry_name, version, self._settings))

    def _npm_client(self) -> tuple[str, ...]:
        if not self._npm:
            self._npm = find_npm(self._options, self._observer)
        return self._npm


def _entry(pin: PackageVersion) -> str:
    return entry_name(pin.registry_name, pin.version, pin.integrity)


def _offline(pin: PackageVersion) -> Problem:
    return Problem(
        "addon-unavailable",
        f"{pin.label} is not in the cache, and nothing may be fetched",
        "Build once without --offline.",
    )


def _settings_digest(root: Path) -> str:
    """Tell registries apart: packages of one name may differ in two of them."""
    digest = hashlib.sha256()
    for path in (os.fspath(root / ".npmrc"), os.path.expanduser("~/.npmrc")):  # noqa: PTH111
        try:
            digest.update(Path(path).read_bytes())
        except OSError:
            digest.update(b"\0")
    for key, value in sorted(os.environ.items()):
        if key.lower().startswith("npm_config_") and key.lower().endswith("registry"):
            digest.update(f"{key}={value}\0".encode("utf-8", "replace"))
    return digest.hexdigest()

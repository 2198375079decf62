"""Groups of platform packages: one package per platform, listed under ``optionalDependencies``.

Which platforms a package supports is read from ``os``, ``cpu`` and ``libc`` in its package.json, in
the lockfile or in the registry. Its name decides nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from sealift.addons import messages
from sealift.addons.installed_packages import InstalledPackage, InstalledPackages
from sealift.addons.package_fetch import DependencyRequest
from sealift.addons.platform_names import words_without_platform
from sealift.addons.problem import Problem
from sealift.lockfiles import NpmPlatform, PackageVersion
from sealift.record import replace


class PlatformPackageGroup(Struct, frozen=True):
    """The optional dependencies of one package.

    Attributes:
        parent: the package.
        installed: those that are packaged and support some platforms only.
        requests: those that are not installed.
        of_others: names in the lists of packages that this one depends on. It only makes sure that
            they are installed, maybe for some platforms: those packages need them.
    """

    parent: InstalledPackage
    installed: tuple[InstalledPackage, ...]
    requests: tuple[DependencyRequest, ...]
    of_others: frozenset[str] = frozenset()

    @property
    def has_alternatives(self) -> bool:
        """True if several differ by platform only: the package needs one of them everywhere."""
        names = [package.name for package in self.installed]
        names += [request.name for request in self.requests]
        own = (name for name in names if name not in self.of_others)
        same = Counter(map(words_without_platform, own))
        return "node_modules/" in self.parent.location and max(same.values(), default=0) > 1

    def request(self, name: str) -> DependencyRequest:
        """Return a request for a platform package, although it is installed."""
        wanted = self.parent.dependencies("optionalDependencies")
        return DependencyRequest(self.parent, name, wanted[name])


def find_groups(packages: InstalledPackages) -> Iterator[PlatformPackageGroup]:
    """Yield the packages with optional dependencies, and which of these are installed."""
    for parent in packages:
        wanted = parent.dependencies("optionalDependencies")
        if not wanted:
            continue
        installed, requests = [], []
        for name, spec in wanted.items():
            found = packages.find(name, parent.location)
            if found is None:
                # One that is installed and not packaged was excluded by --traced-only.
                if not _is_on_disk(parent.directory, name):
                    requests.append(DependencyRequest(parent, name, spec))
            elif found.platforms:
                installed.append(found)
        if installed or requests:
            of_others = _listed_by_dependencies(parent, packages)
            yield PlatformPackageGroup(parent, tuple(installed), tuple(requests), of_others)


class GroupSelection(Struct, frozen=True):
    """The packages of a group that support one platform.

    Attributes:
        kept: installed packages.
        requests: what is looked up, because the installed packages are not sufficient.
        known: how many packages of the group are known to support some platform.
        wanted: packages to fetch.
        problem: why the others are not known, or None.
    """

    kept: tuple[InstalledPackage, ...]
    requests: tuple[DependencyRequest, ...]
    known: int
    wanted: tuple[PackageVersion, ...] = ()
    problem: Problem | None = None


def with_answers(
    selection: GroupSelection,
    platform: NpmPlatform,
    answers: Mapping[DependencyRequest, PackageVersion | Problem],
) -> GroupSelection:
    """Return the selection with what the lockfile and the registry answered."""
    wanted, known, problem = [], selection.known, None
    unanswered: list[str] = []
    for request in selection.requests:
        answer = answers.get(request)
        if isinstance(answer, Problem):
            problem = problem or answer
        elif answer is None:
            unanswered.append(request.name)
        elif answer.platforms:
            known += 1
            if answer.platforms.include(platform):
                wanted.append(answer)
    if unanswered and not problem and not wanted:
        likely = (n for n in unanswered if platform.os in n and platform.cpu in n)
        example = next(likely, unanswered[0])
        problem = Problem.of(messages.NOT_PUBLISHED, count=len(unanswered), example=example)
    return replace(selection, known=known, wanted=tuple(wanted), problem=problem)


def _listed_by_dependencies(
    parent: InstalledPackage, packages: InstalledPackages
) -> frozenset[str]:
    found: set[str] = set()
    for name in parent.dependencies("dependencies", "optionalDependencies"):
        dependency = packages.find(name, parent.location)
        if dependency is not None:
            found |= dependency.dependencies("optionalDependencies").keys()
    return frozenset(found)


def _is_on_disk(directory: Path, name: str) -> bool:
    return any(
        (above / "node_modules" / name).is_dir() for above in (directory, *directory.parents)
    )

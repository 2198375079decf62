"""Families: one package for each machine, listed under ``optionalDependencies``.

Members are told by the ``os``, ``cpu`` and ``libc`` of their own package.json (or of the lockfile,
or of the registry), never by their names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sealift.addons.installed import Installed, Packages
from sealift.addons.package_fetch import Problem, Request
from sealift.addons.platform_names import words_without_platform
from sealift.lockfiles import NpmPlatform, PackageVersion


@dataclass(frozen=True, slots=True)
class Family:
    """The optional dependencies of one package.

    Attributes:
        parent: it.
        installed: those that are packaged and restricted to machines.
        requests: those that are not packaged.
    """

    parent: Installed
    installed: tuple[Installed, ...]
    requests: tuple[Request, ...]

    @property
    def is_large(self) -> bool:
        """Several are alike: the package has them for its own sake, one for each machine."""
        names = [member.name for member in self.installed]
        names += [request.name for request in self.requests]
        plain = Counter(map(words_without_platform, names))
        return "node_modules/" in self.parent.location and max(plain.values(), default=0) > 1

    def request(self, name: str) -> Request:
        """Ask for a member, though it is installed."""
        return Request(self.parent, name, self.parent.requests("optionalDependencies")[name])


def find_families(packages: Packages) -> Iterator[Family]:
    """Give the packages that have optional dependencies, with what is installed of these."""
    for parent in packages:
        wanted = parent.requests("optionalDependencies")
        if not wanted:
            continue
        installed, requests = [], []
        for name, spec in wanted.items():
            found = packages.find(name, parent.location)
            if found is None:
                # One that is there and not packaged was left out on purpose (--traced-only).
                if not _is_on_disk(parent.directory, name):
                    requests.append(Request(parent, name, spec))
            elif found.platforms:
                installed.append(found)
        if installed or requests:
            yield Family(parent, tuple(installed), tuple(requests))


@dataclass(frozen=True, slots=True)
class Members:
    """What of a family is for one machine.

    Attributes:
        kept: installed ones that are for it.
        requests: those to be asked for, as what is installed is not enough.
        known: how many of all are known to be for one machine or another.
        wanted: those to be fetched.
        problem: why the others are not known, or None.
    """

    kept: tuple[Installed, ...]
    requests: tuple[Request, ...]
    known: int
    wanted: tuple[PackageVersion, ...] = ()
    problem: Problem | None = None


def with_fetched(
    members: Members,
    machine: NpmPlatform,
    answers: Mapping[Request, PackageVersion | Problem],
) -> Members:
    """Add what lockfile and registry answered of those that are not installed."""
    wanted, known, problem = [], members.known, None
    unanswered: list[str] = []
    for request in members.requests:
        answer = answers.get(request)
        if isinstance(answer, Problem):
            problem = problem or answer
        elif answer is None:
            unanswered.append(request.name)
        elif answer.platforms:
            known += 1
            if answer.platforms.include(machine):
                wanted.append(answer)
    if unanswered and not problem and not wanted:
        likely = (n for n in unanswered if machine.os in n and machine.cpu in n)
        problem = Problem(
            "addon-missing",
            f"{len(unanswered)} of the packages that it lists for its machines are not in the"
            f" registry, such as {next(likely, unanswered[0])}",
            "Use another version of it, or a registry that has them",
        )
    return replace(members, known=known, wanted=tuple(wanted), problem=problem)


def _is_on_disk(directory: Path, name: str) -> bool:
    return any(
        (above / "node_modules" / name).is_dir() for above in (directory, *directory.parents)
    )

"""What each target gets: its members of families, its builds inside packages."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sealift.addons.builds import Unmet, choose_builds
from sealift.addons.downloads import NOT_DOWNLOADED as _NOT_DOWNLOADED
from sealift.addons.downloads import Downloads
from sealift.addons.families import (
    Family,
    Members,
    find_families,
    twins,
    with_fetched,
)
from sealift.addons.findings import Findings, shown
from sealift.addons.installed import Installed, Packages
from sealift.addons.machine import Machine, machine_of
from sealift.addons.native import Inspection, Verdict, is_addon, is_library, may_be_program
from sealift.addons.needs import LOADERS, Needs
from sealift.addons.pins import Pin
from sealift.addons.replacing import Addition, Change, changed, files_of
from sealift.addons.store import Stored
from sealift.addons.supply import Problem, Request, Supply
from sealift.model import Finding, NodeBinary, Project, ProjectFile, ProjectSymlink, Severity

_INSTALL_SCRIPTS = ("preinstall", "install", "postinstall")


@dataclass(slots=True)
class _Target:
    """One target's choice as it comes about."""

    machine: Machine
    binary: NodeBinary
    left_out: set[str] = field(default_factory=set)
    added: dict[str, tuple[Addition, Pin | None]] = field(default_factory=dict)
    files_left_out: set[str] = field(default_factory=set)
    symlinks: dict[str, ProjectSymlink] = field(default_factory=dict)

    def change(self) -> Change:
        """Give what has been chosen."""
        return Change(
            frozenset(self.left_out),
            tuple(addition for _, (addition, _) in sorted(self.added.items())),
            frozenset(self.files_left_out),
            tuple(link for _, link in sorted(self.symlinks.items())),
        )


class Choosing:
    """Makes the choice for all targets of a build, so that everything is fetched at once."""

    def __init__(
        self,
        project: Project,
        supply: Supply,
        downloads: Downloads,
        findings: Findings,
        is_public: Callable[[Path, dict[str, Any]], bool],
        host: tuple[str, str],
    ) -> None:
        self._project = project
        self._supply = supply
        self._downloads = downloads
        self._findings = findings
        self._is_public = is_public
        self._host = host
        self._packages = Packages(project)
        self._families = tuple(find_families(self._packages))
        self._natives = self._group_natives()
        self._inspection = Inspection()
        self._needs = Needs(project, self._packages)
        self._files: dict[Addition, list[ProjectFile]] = {}

    @property
    def has_none(self) -> bool:
        """Nothing in the project depends on the machine."""
        return not self._families and not self._natives

    def choose(self, binaries: Sequence[NodeBinary]) -> list[Project]:
        """Give the project of each target; one object for all that need the same."""
        if self.has_none:
            return [self._project] * len(binaries)
        targets = {
            (binary.platform, binary.arch, binary.sha256): _Target(
                machine_of(binary.platform, binary.arch), binary
            )
            for binary in binaries
        }
        self._choose_members(list(targets.values()))
        for target in targets.values():
            self._choose_builds(target)
        projects: dict[Change, Project] = {}
        for target in targets.values():
            change = target.change()
            if change not in projects:
                projects[change] = self._changed(change)
        return [
            projects[targets[binary.platform, binary.arch, binary.sha256].change()]
            for binary in binaries
        ]

    def _changed(self, change: Change) -> Project:
        if not change:
            return self._project
        added = [
            file
            for addition in change.added
            for file in self._files_of(addition)
            if file.location not in change.files_left_out
        ]
        return changed(self._project, change, added)

    def _files_of(self, addition: Addition) -> list[ProjectFile]:
        if addition not in self._files:
            self._files[addition] = files_of(addition, self._is_public)
        return self._files[addition]

    # Families.

    def _choose_members(self, targets: Sequence[_Target]) -> None:
        installed = {}
        requests: list[Request] = []
        for number, target in enumerate(targets):
            for family in self._families:
                members = self._installed(family, target)
                installed[number, family] = members
                if not members.kept and self._is_asked(family, target):
                    requests += family.requests
        answers = self._supply.describe(requests) if requests else {}
        choices: dict[tuple[int, Family], Members] = {}
        for (number, family), members in installed.items():
            target = targets[number]
            if not members.kept and self._is_asked(family, target):
                members = with_fetched(members, family, target.machine, answers)
            choices[number, family] = members
        stored = self._supply.obtain(pin for members in choices.values() for pin in members.wanted)
        for (number, family), members in choices.items():
            self._take_members(targets[number], family, members, stored)
        for target in targets:
            self._findings.fetched(
                (pin for _, pin in target.added.values() if pin is not None), target.machine
            )

    def _is_asked(self, family: Family, target: _Target) -> bool:
        """Whether it is worth asking for what is not installed.

        What is not installed on the host is not for the host, unless there is a lockfile to tell
        so at no cost, or a whole family is missing.
        """
        if not family.requests:
            return False
        is_host = (target.machine.platform, target.machine.arch) == self._host
        return not is_host or family.is_large or self._supply.lock is not None

    def _installed(self, family: Family, target: _Target) -> Members:
        """Divide what is installed: by what it says it is for, and by its files' headers."""
        kept = tuple(member for member in family.installed if self._fits(member, target))
        foreign = tuple(member for member in family.installed if member not in kept)
        target.left_out.update(member.location for member in foreign)
        return Members(kept, foreign, known=len(family.installed))

    def _fits(self, member: Installed, target: _Target) -> bool:
        restriction = member.restriction
        if not (restriction.is_wasm or restriction.fits(target.machine)):
            return False
        files = self._natives.get(member.location, [])
        return not any(self._verdict(file, target).reason for file in files)

    def _verdict(self, file: ProjectFile, target: _Target) -> Verdict:
        verdict = self._inspection.verdict(file.source, target.machine, target.binary)
        if verdict.caution:
            self._findings.caution(self._project, file, target.machine, verdict.caution)
        return verdict

    def _take_members(
        self,
        target: _Target,
        family: Family,
        members: Members,
        stored: Mapping[Pin, Stored | Problem],
    ) -> None:
        chosen = {member.name: member.location for member in members.kept}
        problem: Problem | None = members.problem
        for pin in members.wanted:
            found = stored[pin]
            if isinstance(found, Problem):
                problem = found
                continue
            refused = self._add(target, family.parent, pin, found)
            if refused is None:
                chosen[pin.name] = self._place(target, family.parent, pin)
            else:
                problem = refused
        for link in twins(family.parent, chosen, target.machine):
            target.symlinks[link.location] = link
        if chosen and not (members.wanted and problem):
            return
        if members.wanted or (
            family.is_large and (members.known > 1 or (members.known and problem))
        ):
            self._report(target, family, problem)

    def _report(self, target: _Target, family: Family, problem: Problem | None) -> None:
        """Tell that a family has no member for a target, or none that can be had."""
        problem = problem or Problem(
            "addon-missing",
            f"none of the packages that it has for its machines is for {target.machine}",
            "Leave this target out",
        )
        self._findings.missing(
            family.parent,
            target.machine,
            problem.code,
            problem.reason,
            problem.remedy,
            dispensable=not family.is_large or self._needs.dispensable(family.parent),
        )

    def _add(self, target: _Target, parent: Installed, pin: Pin, stored: Stored) -> Problem | None:
        """Put a fetched package in, unless its files are not for the target after all."""
        location = self._place(target, parent, pin)
        addition = Addition(
            stored.directory,
            location,
            f"{pin.name}@{pin.version}",
            f"{parent.location}/package.json".lstrip("/"),
            pin.name,
        )
        for file in self._files_of(addition):
            if not (is_addon(file) or is_library(file) or may_be_program(file)):
                continue
            verdict = self._verdict(file, target)
            if verdict.reason:
                name = file.location.rpartition("/")[2]
                return Problem(
                    "addon-mismatch",
                    f"{name} of {pin.label} {verdict.reason}",
                    "Install another version of it",
                )
        target.added[location] = addition, pin
        return None

    def _place(self, target: _Target, parent: Installed, pin: Pin) -> str:
        """Give the location for a fetched package: beside the package that asks for it.

        Where another version has that place, it is put into the package that asks for it.
        """
        beside = f"{parent.modules}/{pin.name}"
        other = self._packages.by_location.get(beside)
        taken = target.added.get(beside)
        if (other is None or beside in target.left_out) and (taken is None or taken[1] == pin):
            return beside
        return f"{parent.location}/node_modules/{pin.name}".lstrip("/")

    # Builds inside packages.

    def _group_natives(self) -> dict[str, list[ProjectFile]]:
        """Give the native files of each package that has any."""
        found: dict[str, list[ProjectFile]] = {}
        for file in self._project.files:
            if is_addon(file) or is_library(file):
                owner = self._packages.owner(file.location)
                found.setdefault(owner.location if owner is not None else "", []).append(file)
        return found

    def _choose_builds(self, target: _Target) -> None:
        members = {member.location for family in self._families for member in family.installed}
        places = dict.fromkeys((*self._natives, *self._unbuilt()))
        for location in places:
            if location not in members and not _is_below(location, target.left_out):
                self._choose_in(target, location)
        for family in self._families:
            self._leave_programs_out(target, family.parent)

    def _choose_in(self, target: _Target, location: str) -> None:
        package = self._packages.by_location.get(location)
        if package is None:
            package = Installed(location, self._project.root, {"name": self._project.name})
        files = self._natives.get(location, [])
        unmet: Unmet | None = None
        if files:
            surroundings = self._inspection.surroundings(target.binary)
            builds = choose_builds(
                location,
                files,
                target.machine,
                surroundings.module_version,
                {file.location: self._verdict(file, target) for file in files},
                self._named_addons() if "node_modules/" in location else self._all(files),
            )
            target.left_out |= builds.left_out
            for place, to in builds.symlinks:
                target.symlinks[place] = ProjectSymlink(place, to)
            unmet = builds.unmet
            if unmet is None:
                return
        problem = self._download(target, package)
        if problem is not None:
            self._report_build(target, package, unmet, problem)

    def _download(self, target: _Target, package: Installed) -> Problem | None:
        """Put in what the package's own installer would download for the target."""
        surroundings = self._inspection.surroundings(target.binary)
        found = self._downloads.obtain(package, target.machine, surroundings.module_version)
        if isinstance(found, Problem):
            return found
        stored, below_package = found
        location = f"{package.location}/{below_package}".strip("/")
        addition = Addition(
            stored.directory,
            location,
            package.label,
            f"{package.location}/package.json".lstrip("/"),
            package.name,
            whole=False,
        )
        for file in self._files_of(addition):
            if is_addon(file) and (reason := self._verdict(file, target).reason):
                name = file.location.rpartition("/")[2]
                return Problem(
                    "addon-mismatch",
                    f"{name}, downloaded from {stored.origin}, {reason}",
                    "Install another version of it",
                )
        target.added[location] = addition, None
        text = f"For {target.machine}, {package.label} gets the addon in {stored.origin}."
        self._findings.add(Finding(Severity.NOTE, "addon-fetched", text))
        return None

    def _report_build(
        self, target: _Target, package: Installed, unmet: Unmet | None, problem: Problem
    ) -> None:
        code, reason, remedy = problem.code, problem.reason, problem.remedy
        if unmet is not None:
            if problem.code == _NOT_DOWNLOADED:
                code, reason = _code(unmet), unmet.reason
            else:
                reason = f"{unmet.reason}, and {problem.reason}"
        elif problem.code == _NOT_DOWNLOADED:
            code, reason = "addon-missing", "it has not been built"
        if problem.code == _NOT_DOWNLOADED:
            remedy = _remedy(unmet, target.machine)
        self._findings.missing(
            package,
            target.machine,
            code,
            reason,
            remedy,
            dispensable=self._needs.dispensable(package),
            file=shown(self._project, unmet.file) if unmet is not None else "",
        )

    def _unbuilt(self) -> list[str]:
        """Give the packages that load an addon and have none, wherever they would."""
        found = []
        for file in self._project.files:
            if any(link.specifier in LOADERS for link in file.links):
                owner = self._packages.owner(file.location)
                if owner is None or owner.location in self._natives or owner.name in LOADERS:
                    continue
                if owner.location not in found and not _has_addon(owner.directory):
                    found.append(owner.location)
        return found

    def _named_addons(self) -> set[str]:
        """Give the addons that scripts ask for by name, and count on."""
        return {
            link.target
            for file in self._project.files
            for link in file.links
            if link.target is not None
            and link.target.endswith(".node")
            and not self._needs.is_guarded(file, link)
        }

    @staticmethod
    def _all(files: Iterable[ProjectFile]) -> set[str]:
        return {file.location for file in files}

    def _leave_programs_out(self, target: _Target, package: Installed) -> None:
        """Leave out what an installer has put in the place of a script: the host's program.

        Where a family gives the target its own, the package runs that one.
        """
        scripts = package.data.get("scripts")
        if not isinstance(scripts, dict) or not any(name in scripts for name in _INSTALL_SCRIPTS):
            return
        head, nested = f"{package.location}/", f"{package.location}/node_modules/"
        for file in self._project.files:
            if (
                file.location.startswith(head)
                and not file.location.startswith(nested)
                and may_be_program(file)
                and self._inspection.is_native(file.source)
                and self._verdict(file, target).reason
            ):
                target.left_out.add(file.location)


def _has_addon(directory: Path) -> bool:
    """Whether a package has an addon that was left out on purpose (``--traced-only``)."""
    return any(name.endswith(".node") for _, _, names in os.walk(directory) for name in names)


def _code(unmet: Unmet) -> str:
    if unmet.broken:
        return "addon-broken"
    return "addon-mismatch" if unmet.same_machine else "addon-missing"


def _remedy(unmet: Unmet | None, machine: Machine) -> str:
    if unmet is None:
        return "Install it with its install scripts"
    if unmet.broken:
        return "Install the package again"
    return f"Build it on {machine} and put the result in its place, or use a package with prebuilds"


def _is_below(location: str, directories: set[str]) -> bool:
    while location:
        if location in directories:
            return True
        location = location.rpartition("/")[0]
    return False

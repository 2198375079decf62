"""Each target gets its builds inside packages: prebuilds, what was built, what is downloaded."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from sealift.addons.apply_changes import Addition
from sealift.addons.builds import Unmet
from sealift.addons.downloads import NOT_DOWNLOADED, Downloads
from sealift.addons.findings import shown
from sealift.addons.installed import Installed
from sealift.addons.native_files import is_addon, may_be_program
from sealift.addons.native_packages import Choice, Survey
from sealift.addons.optionality import LOADERS
from sealift.addons.package_fetch import Problem
from sealift.addons.platform_package_groups import Family
from sealift.lockfiles import NpmPlatform
from sealift.model import Finding, ProjectFile, Severity

_INSTALL_SCRIPTS = ("preinstall", "install", "postinstall")


class BuildChooser:
    """Chooses among the native files of packages that are no members of families."""

    def __init__(
        self,
        survey: Survey,
        downloads: Downloads,
        families: Iterable[Family],
        host: tuple[str, str],
    ) -> None:
        """Find the packages.

        Args:
            survey: of the project.
            downloads: what installers would fetch.
            families: their members are chosen already.
            host: platform and architecture of the machine that the project is installed for.
        """
        self._host = host
        families = tuple(families)
        members = {member.location for family in families for member in family.installed}
        self._parents = {family.parent.location for family in families if family.is_large}
        self._survey = survey
        self._downloads = downloads
        self._places = [
            location
            for location in dict.fromkeys((*survey.natives, *self._unbuilt()))
            if location not in members
        ]
        self._programs = tuple(self._find_programs())
        self._named: frozenset[str] | None = None

    @property
    def has_none(self) -> bool:
        """There is nothing to choose."""
        return not self._places and not self._programs

    def choose(self, choice: Choice) -> None:
        """Choose for one target; what is not there becomes a finding."""
        for location in self._places:
            if not choice.leaves_out(location):
                self._choose_in(choice, self._survey.package(location))
        for package, files in self._programs:
            if not choice.leaves_out(package.location):
                self._choose_programs(choice, package, files)

    def _choose_in(self, choice: Choice, package: Installed) -> None:
        files = self._survey.natives.get(package.location, [])
        unmet: Unmet | None = None
        if files:
            counted_on = self._counted_on(package, files)
            builds = self._survey.builds(package.location, files, choice, counted_on)
            choice.left_out |= builds.left_out
            kept = (file for file in files if not choice.leaves_out(file.location))
            self._survey.warn(kept, choice)
            unmet = builds.unmet
            if unmet is None:
                return
        problem = self._download(choice, package)
        if problem is not None:
            self._report(choice, package, unmet, problem)

    def _counted_on(self, package: Installed, files: Iterable[ProjectFile]) -> Iterable[str]:
        """Give the addons for which no other one of the package stands."""
        if "node_modules/" not in package.location:
            return [file.location for file in files]
        if self._named is None:
            self._named = frozenset(
                resolution.target
                for file in self._survey.project.files
                for resolution in file.resolutions
                if resolution.target is not None
                and resolution.target.endswith(".node")
                and not self._survey.needs.is_guarded(file, resolution)
            )
        return self._named

    def _download(self, choice: Choice, package: Installed) -> Problem | None:
        """Put in what the package's own installer would download for the target."""
        version = self._survey.module_version(choice)
        found = self._downloads.obtain(package, choice.machine, version)
        if isinstance(found, Problem):
            return found
        stored, directory = found
        location = f"{package.location}/{directory}".rstrip("/")
        manifest = f"{package.location}/package.json".lstrip("/")
        addition = Addition(
            stored.directory, location, package.label, manifest, package.name, whole=False
        )
        files = self._survey.files_of(addition)
        for file in files:
            if is_addon(file) and (reason := self._survey.verdict(file, choice).reason):
                name = file.location.rpartition("/")[2]
                return Problem(
                    "addon-mismatch",
                    f"{name}, downloaded from {stored.origin}, {reason}",
                    "Use another version of it",
                )
        choice.added[location] = addition, None
        self._survey.warn(files, choice)
        text = f"For {choice.machine}, {package.label} gets the addon in {stored.origin}."
        self._survey.findings.add(Finding(Severity.NOTE, "addon-fetched", text))
        return None

    def _report(
        self, choice: Choice, package: Installed, unmet: Unmet | None, problem: Problem
    ) -> None:
        code, reason, remedy = problem.code, problem.reason, problem.remedy
        if problem.code == NOT_DOWNLOADED:
            code = _code(unmet)
            reason = unmet.reason if unmet is not None else "it has not been built"
            remedy = _remedy(unmet, choice.machine, self._host)
        elif unmet is not None:
            reason = f"{unmet.reason}, and {reason}"
        self._survey.findings.missing(
            package,
            choice.machine,
            code,
            reason,
            remedy,
            dispensable=self._survey.needs.dispensable(package),
            file=shown(self._survey.project, unmet.file) if unmet is not None else "",
        )

    def _unbuilt(self) -> list[str]:
        """Give the packages that load an addon and have none."""
        found: dict[str, None] = {}
        for file in self._survey.project.files:
            if any(resolution.specifier in LOADERS for resolution in file.resolutions):
                owner = self._survey.packages.owner(file.location)
                if owner is None or owner.location in self._survey.natives:
                    continue
                if owner.name in LOADERS or owner.location in self._parents:
                    continue
                if not _has_addon(owner.directory):
                    found[owner.location] = None
        return list(found)

    def _find_programs(self) -> Iterator[tuple[Installed, list[ProjectFile]]]:
        """Give the host's programs in packages that have something done when they are installed.

        They may be what was fetched for the host, even in the place of a script.
        """
        heads: dict[str, list[ProjectFile]] = {}
        for package in self._survey.packages:
            scripts = package.data.get("scripts")
            has_script = isinstance(scripts, dict) and any(n in scripts for n in _INSTALL_SCRIPTS)
            if has_script and "node_modules/" in package.location:
                heads[package.location] = []
        if not heads:
            return
        for file in self._survey.project.files:
            if may_be_program(file):
                owner = self._survey.packages.owner(file.location)
                if owner is not None and owner.location in heads:
                    heads[owner.location].append(file)
        for location, files in heads.items():
            native = [file for file in files if self._survey.is_for(file.source, *self._host)]
            if native:
                yield self._survey.package(location), native

    def _choose_programs(
        self, choice: Choice, package: Installed, files: Iterable[ProjectFile]
    ) -> None:
        """Leave out the host's programs where they are not for the target."""
        verdicts = {file: self._survey.verdict(file, choice) for file in files}
        foreign = [file for file, verdict in verdicts.items() if verdict.reason]
        choice.left_out.update(file.location for file in foreign)
        # Where a family gives the target its own program, the package runs that one.
        if len(foreign) < len(verdicts) or package.location in self._parents:
            return
        file = foreign[0]
        name = file.location.rpartition("/")[2]
        self._survey.findings.missing(
            package,
            choice.machine,
            "program-missing",
            f"{name} {verdicts[file].reason}",
            f"Build this target on {_builder(choice.machine)} itself, or use a version of it that"
            " has packages for its machines",
            dispensable=self._survey.needs.dispensable(package),
            file=shown(self._survey.project, file),
        )


def _has_addon(directory: Path) -> bool:
    """Whether a package has an addon that was left out on purpose (``--traced-only``)."""
    return any(name.endswith(".node") for _, _, names in os.walk(directory) for name in names)


def _builder(machine: NpmPlatform) -> str:
    """Name a machine on which npm installs what a target needs."""
    return f"{machine.platform.node_platform}-{machine.arch}"


def _code(unmet: Unmet | None) -> str:
    if unmet is None:
        return "addon-missing"
    if unmet.broken:
        return "addon-broken"
    return "addon-mismatch" if unmet.same_machine else "addon-missing"


def _remedy(unmet: Unmet | None, machine: NpmPlatform, host: tuple[str, str]) -> str:
    if unmet is None:
        return "Install it with its install scripts"
    if unmet.broken:
        return "Install the package again"
    if (machine.platform, machine.arch) == host:
        return "Install the package again on this machine, with the target's release of Node"
    return (
        f"Build this target on {_builder(machine)} itself, or use a package with prebuilds for it"
    )

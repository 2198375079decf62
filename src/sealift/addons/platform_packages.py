"""Choose the platform packages of each target; fetch those that are not installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from sealift.addons import messages
from sealift.addons.apply_changes import Addition
from sealift.addons.installed_packages import (
    InstalledPackage,
    dependencies_in,
    module_locations,
    read_manifest,
)
from sealift.addons.native_code import NativeCode
from sealift.addons.native_signs import is_addon, is_library, may_be_program
from sealift.addons.package_cache import Stored
from sealift.addons.package_fetch import DependencyRequest, PackageFetcher
from sealift.addons.platform_package_groups import (
    GroupSelection,
    PlatformPackageGroup,
    find_groups,
    with_answers,
)
from sealift.addons.problem import Problem
from sealift.addons.target_changes import TargetChanges
from sealift.lockfiles import PackageVersion, read_supported_platforms
from sealift.model import ProjectFile

_MOST_LEVELS = 5  # of dependencies of dependencies


class _Dependent(Struct, frozen=True):
    """Who depends on a fetched package: its location, and where its dependencies go."""

    location: str
    modules: str


class _Wanted(Struct, frozen=True):
    """A dependency of a fetched package that a target lacks.

    Attributes:
        changes: of the target.
        location: location of the fetched package.
        required: the package does not work without it.
    """

    changes: TargetChanges
    location: str
    request: DependencyRequest
    required: bool


class PlatformPackageChooser:
    """Chooses for all targets at once, so that everything is fetched at once."""

    def __init__(self, code: NativeCode, fetcher: PackageFetcher, host: tuple[str, str]) -> None:
        """Find the groups of platform packages.

        Args:
            code: the project's native code.
            fetcher: fetches packages that are not installed.
            host: platform and architecture of the host.
        """
        groups = find_groups(code.packages)
        if code.project.is_traced_output:  # what is missing was left out on purpose
            groups = (group for group in groups if group.installed)
        self.groups = tuple(groups)
        self._code = code
        self._fetcher = fetcher
        self._host = host

    def choose(self, all_changes: Sequence[TargetChanges]) -> None:
        """Choose the platform packages; what is missing becomes a finding."""
        selections = [
            (changes, group, self._select_installed(group, changes))
            for changes in all_changes
            for group in self.groups
        ]
        requests = [request for *_, selection in selections for request in selection.requests]
        answers = self._fetcher.describe(requests) if requests else {}
        selections = [
            (changes, group, with_answers(selection, changes.platform, answers))
            for changes, group, selection in selections
        ]
        stored = self._fetcher.obtain(
            package for *_, selection in selections for package in selection.wanted
        )
        for changes, group, selection in selections:
            self._take(changes, group, selection, stored)
        self._add_dependencies(all_changes)
        for changes in all_changes:
            changes.report_fetched(
                package for _, package in changes.added.values() if package is not None
            )

    def _select_installed(
        self, group: PlatformPackageGroup, changes: TargetChanges
    ) -> GroupSelection:
        """Divide what is installed, by its package.json and by the headers of its files."""
        kept: list[InstalledPackage] = []
        requests: list[DependencyRequest] = []
        for package in group.installed:
            platforms = package.platforms
            files = self._code.by_package.get(package.location, ())
            if platforms.is_wasm or platforms.include(changes.platform):
                builds = self._code.builds(package.location, files, changes)
                if builds.insufficient is None:
                    kept.append(package)
                    changes.excluded |= builds.excluded
                    included = (file for file in files if not changes.excludes(file.location))
                    self._code.report_cautions(included, changes)
                    continue
                requests.append(group.request(package.name))
            changes.excluded.add(package.location)
        if kept or not self._may_be_elsewhere(group, changes):
            requests = []
        else:
            requests += group.requests
        return GroupSelection(tuple(kept), tuple(requests), known=len(group.installed))

    def _may_be_elsewhere(self, group: PlatformPackageGroup, changes: TargetChanges) -> bool:
        """Return True if a package that is not installed may support the target.

        What is not installed on the host does not support the host. It is looked up nevertheless if
        there is a lockfile, which costs nothing, or if the whole group is missing.
        """
        is_host = (changes.platform.platform, changes.platform.arch) == self._host
        return not is_host or group.has_alternatives or self._fetcher.lockfile is not None

    def _take(
        self,
        changes: TargetChanges,
        group: PlatformPackageGroup,
        selection: GroupSelection,
        stored: Mapping[PackageVersion, Stored | Problem],
    ) -> None:
        chosen = bool(selection.kept)
        unavailable: Problem | None = None
        unfit = selection.problem
        dependent = _Dependent(group.parent.location, group.parent.modules)
        for package in selection.wanted:
            found = stored[package]
            if isinstance(found, Problem):
                unavailable = found
                continue
            problem = self._add(changes, dependent, package, found)
            if problem is not None:
                unfit = problem
            else:
                chosen = True
        several = selection.known > 1 or (selection.known == 1 and unfit is not None)
        lacking = not chosen and (selection.wanted or (group.has_alternatives and several))
        if unavailable or lacking:
            changes.report_missing(
                group.parent,
                unavailable or unfit or Problem.of(messages.NO_PLATFORM_PACKAGE),
                excuse=messages.HANDLED
                if not group.has_alternatives
                else self._code.excuse(group.parent, has_platform_packages=True),
            )

    def _add(
        self, changes: TargetChanges, dependent: _Dependent, package: PackageVersion, stored: Stored
    ) -> Problem | None:
        """Add a fetched package, unless its files do not fit the target."""
        location = self._location(changes, dependent, package)
        addition = Addition(
            stored.directory,
            location,
            f"{package.name}@{package.version}",
            f"{dependent.location}/package.json".lstrip("/"),
            package.name,
        )
        # An older lockfile does not record C libraries; the package itself does.
        if not read_supported_platforms(_manifest(stored.directory)).include(changes.platform):
            return Problem.of(messages.PACKAGE_FOREIGN, tarball=package.label)
        files = self._code.files_of(addition)
        natives = [file for file in files if is_addon(file) or is_library(file)]
        builds = self._code.builds(location, natives, changes)
        if builds.insufficient is not None:
            found = builds.insufficient.compatibility
            reason = found.reason if found is not None else "is for another platform"
            return _mismatch(package, builds.insufficient.file, reason)
        if not natives and (problem := self._misfit_program(package, files, changes)):
            return problem
        changes.added[location] = addition, package
        changes.excluded_additions |= builds.excluded
        included = (file for file in natives if file.location not in changes.excluded_additions)
        self._code.report_cautions(included, changes)
        return None

    def _misfit_program(
        self, package: PackageVersion, files: Sequence[ProjectFile], changes: TargetChanges
    ) -> Problem | None:
        """Return the problem if a package has programs and none of them runs on the target."""
        problem: Problem | None = None
        for file in filter(may_be_program, files):
            reason = self._code.compatibility(file, changes).reason
            if not reason:
                return None
            problem = problem or _mismatch(package, file, reason)
        return problem

    def _location(
        self, changes: TargetChanges, dependent: _Dependent, package: PackageVersion
    ) -> str:
        """Return the location for a fetched package: beside the package that depends on it.

        If another version has that location, it is put into the package that depends on it.
        """
        beside = f"{dependent.modules}/{package.name}"
        other = self._code.packages.by_location.get(beside)
        added = changes.added.get(beside)
        if (other is None or changes.excludes(beside)) and (added is None or added[1] == package):
            return beside
        return f"{dependent.location}/node_modules/{package.name}".lstrip("/")

    # Dependencies of fetched packages.

    def _add_dependencies(self, all_changes: Sequence[TargetChanges]) -> None:
        """Add the dependencies of fetched packages that are neither installed nor added."""
        done: set[tuple[int, str]] = set()
        for _ in range(_MOST_LEVELS):
            wanted: list[_Wanted] = []
            for number, changes in enumerate(all_changes):
                for location, (addition, package) in changes.added.items():
                    if package is not None and (number, location) not in done:
                        done.add((number, location))
                        wanted += self._lacking(changes, location, addition, package)
            if not wanted:
                return
            self._add_lacking(wanted)

    def _lacking(
        self, changes: TargetChanges, location: str, addition: Addition, package: PackageVersion
    ) -> list[_Wanted]:
        manifest = _manifest(addition.directory)
        optional = dependencies_in(manifest, "optionalDependencies")
        found = []
        for name, spec in (dependencies_in(manifest, "dependencies") | optional).items():
            installed = self._code.packages.find(name, location)
            if installed is not None and not changes.excludes(installed.location):
                continue
            places = (f"{modules}/{name}" for modules in module_locations(location))
            if not any(place in changes.added for place in places):
                request = DependencyRequest(package, name, spec)
                found.append(_Wanted(changes, location, request, name not in optional))
        return found

    def _add_lacking(self, wanted: Sequence[_Wanted]) -> None:
        answers = self._fetcher.describe(one.request for one in wanted)
        found: list[tuple[_Wanted, PackageVersion]] = []
        for one in wanted:
            answer = answers.get(one.request)
            if isinstance(answer, PackageVersion) and answer.platforms is not None:
                is_candidate = one.required or bool(answer.platforms)
                if is_candidate and answer.platforms.include(one.changes.platform):
                    found.append((one, answer))
            elif one.required:
                _report_lacking(one, answer if isinstance(answer, Problem) else None)
        stored = self._fetcher.obtain(package for _, package in found)
        for one, package in found:
            parent_name = one.request.parent.name
            dependent = _Dependent(one.location, one.location.removesuffix(f"/{parent_name}"))
            fetched = stored[package]
            problem = (
                fetched
                if isinstance(fetched, Problem)
                else self._add(one.changes, dependent, package, fetched)
            )
            if problem is not None and one.required:
                _report_lacking(one, problem)


def _report_lacking(wanted: _Wanted, problem: Problem | None) -> None:
    name = wanted.request.parent.name
    unknown = Problem.of(messages.DEPENDENCY_UNKNOWN, dependency=wanted.request.name)
    wanted.changes.report_missing(
        InstalledPackage(name, Path(), {"name": name}), problem or unknown, excuse=""
    )


def _mismatch(package: PackageVersion, file: ProjectFile, reason: str) -> Problem:
    name = file.location.rpartition("/")[2]
    return Problem.of(messages.PACKAGE_MISMATCH, name=name, tarball=package.label, reason=reason)


def _manifest(directory: Path) -> dict[str, Any]:
    return read_manifest(directory / "package.json") or {}

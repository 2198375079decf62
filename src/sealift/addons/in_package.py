"""Choose the native files inside packages: prebuilds, what was built, what is downloaded."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from sealift.addons import messages
from sealift.addons.apply_changes import Addition
from sealift.addons.builds import Insufficient, name_builder
from sealift.addons.downloads import Downloads
from sealift.addons.installed_packages import InstalledPackage
from sealift.addons.native_code import NativeCode
from sealift.addons.native_signs import (
    LOADERS,
    has_install_script,
    is_addon,
    loads_addon,
    may_be_program,
)
from sealift.addons.platform_package_groups import PlatformPackageGroup
from sealift.addons.problem import Problem
from sealift.addons.target_changes import TargetChanges
from sealift.findings import Severity
from sealift.model import ProjectFile

_BUILD_FILES = ("binding.gyp", "build/Release", "build/Debug", "CMakeLists.txt")


class PackageBuildChooser:
    """Chooses among the native files of packages that are not platform packages."""

    def __init__(
        self,
        code: NativeCode,
        downloads: Downloads,
        groups: Iterable[PlatformPackageGroup],
        host: tuple[str, str],
    ) -> None:
        """Find the packages.

        Args:
            code: the project's native code.
            downloads: what installers would fetch.
            groups: the platform packages, which are chosen elsewhere.
            host: platform and architecture of the host.
        """
        self._host = host
        groups = tuple(groups)
        platform_packages = {one.location for group in groups for one in group.installed}
        self._parents = {group.parent.location for group in groups if group.has_alternatives}
        self._code = code
        self._downloads = downloads
        self._locations = [
            location
            for location in dict.fromkeys((*code.by_package, *self._unbuilt()))
            if location not in platform_packages
        ]
        self._programs = tuple(self._find_programs())
        self._required: frozenset[str] | None = None

    @property
    def is_empty(self) -> bool:
        """True if there is nothing to choose."""
        return not self._locations and not self._programs

    def choose(self, changes: TargetChanges) -> None:
        """Choose for one target; what is missing becomes a finding."""
        for location in self._locations:
            if not changes.excludes(location):
                self._choose_addons(changes, self._code.package(location))
        for package, files in self._programs:
            if not changes.excludes(package.location):
                self._choose_programs(changes, package, files)

    def _choose_addons(self, changes: TargetChanges, package: InstalledPackage) -> None:
        files = self._code.by_package.get(package.location, [])
        insufficient: Insufficient | None = None
        if files:
            required = self._required_addons(package, files)
            builds = self._code.builds(package.location, files, changes, required)
            changes.excluded |= builds.excluded
            kept = (file for file in files if not changes.excludes(file.location))
            self._code.report_cautions(kept, changes)
            insufficient = builds.insufficient
            if insufficient is None:
                return
        problem = self._download(changes, package, insufficient)
        if problem is not None:
            changes.report_missing(
                package,
                problem,
                excuse=self._code.excuse(package) or self._design(package, files),
                file=self._code.project.display_path(insufficient.file) if insufficient else "",
            )

    def _design(self, package: InstalledPackage, files: Iterable[ProjectFile]) -> str:
        """Return the excuse for a package that is published with addons for other systems only."""
        for_host = any(self._code.is_for(file.source, *self._host) for file in files)
        return "" if for_host or _is_built(package) else messages.BY_DESIGN

    def _required_addons(
        self, package: InstalledPackage, files: Iterable[ProjectFile]
    ) -> Iterable[str]:
        """Return the addons that no other addon of the package can replace."""
        if "node_modules/" not in package.location:
            return [file.location for file in files]
        if self._required is None:
            self._required = frozenset(
                resolution.target
                for file in self._code.project.files
                for resolution in file.resolutions
                if resolution.target is not None
                and resolution.target.endswith(".node")
                and not self._code.optionality.is_guarded(file, resolution)
            )
        return self._required

    def _download(
        self, changes: TargetChanges, package: InstalledPackage, insufficient: Insufficient | None
    ) -> Problem | None:
        """Add what the package's own installer would download for the target."""
        version = self._code.module_version(changes)
        found = self._downloads.obtain(package, changes.platform, version)
        if found is None:  # it has no such installer
            if insufficient is None:
                return Problem.of(messages.NOT_BUILT)
            return insufficient.problem(changes.platform, self._host)
        if isinstance(found, Problem):
            return found
        stored, directory = found
        location = f"{package.location}/{directory}".rstrip("/")
        manifest = f"{package.location}/package.json".lstrip("/")
        addition = Addition(
            stored.directory, location, package.label, manifest, package.name, is_package=False
        )
        files = self._code.files_of(addition)
        for file in files:
            if is_addon(file) and (reason := self._code.compatibility(file, changes).reason):
                return Problem.of(
                    messages.DOWNLOAD_MISMATCH,
                    name=file.location.rpartition("/")[2],
                    url=stored.origin,
                    reason=reason,
                )
        changes.added[location] = addition, None
        self._code.report_cautions(files, changes)
        changes.report(
            messages.DOWNLOADED.finding(
                Severity.NOTE, platform=changes.platform, package=package.label, url=stored.origin
            )
        )
        return None

    def _unbuilt(self) -> list[str]:
        """Return the packages that load an addon and have none."""
        if self._code.project.is_traced_output:  # it was left out on purpose
            return []
        found: dict[str, None] = {}
        for file in self._code.project.files:
            if loads_addon(file):
                owner = self._code.packages.owner(file.location)
                if owner is None or owner.location in self._code.by_package:
                    continue
                if owner.name in LOADERS or owner.location in self._parents:
                    continue
                if _is_built(owner) and not _has_addon(owner.directory):
                    found[owner.location] = None
        return list(found)

    def _find_programs(self) -> Iterator[tuple[InstalledPackage, list[ProjectFile]]]:
        """Yield the packages with an install script, and their programs for the host.

        The script may have fetched them for the host, even to replace a script of the package.
        """
        by_package: dict[str, list[ProjectFile]] = {}
        for package in self._code.packages:
            if has_install_script(package) and "node_modules/" in package.location:
                by_package[package.location] = []
        if not by_package:
            return
        for file in self._code.project.files:
            if may_be_program(file):
                owner = self._code.packages.owner(file.location)
                if owner is not None and owner.location in by_package:
                    by_package[owner.location].append(file)
        for location, files in by_package.items():
            native = [file for file in files if self._code.is_for(file.source, *self._host)]
            if native:
                yield self._code.package(location), native

    def _choose_programs(
        self, changes: TargetChanges, package: InstalledPackage, files: Iterable[ProjectFile]
    ) -> None:
        """Exclude the host's programs that do not run on the target."""
        found = {file: self._code.compatibility(file, changes) for file in files}
        foreign = [file for file, compatibility in found.items() if compatibility.reason]
        changes.excluded.update(file.location for file in foreign)
        if len(foreign) < len(found) or package.location in self._parents:
            return
        file = foreign[0]
        changes.report_missing(
            package,
            Problem.of(
                messages.PROGRAM_MISSING,
                name=file.location.rpartition("/")[2],
                reason=found[file].reason,
                where=name_builder(changes.platform, self._host),
            ),
            excuse=self._code.excuse(package),
            file=self._code.project.display_path(file),
        )


def _is_built(package: InstalledPackage) -> bool:
    """Return True if the package's addon is built or fetched when it is installed."""
    return (
        has_install_script(package)
        or bool(package.data.get("gypfile") or package.data.get("binary"))
        or any((package.directory / name).exists() for name in _BUILD_FILES)
    )


def _has_addon(directory: Path) -> bool:
    """Return True if a package has an addon that ``--traced-only`` excluded."""
    return any(name.endswith(".node") for _, _, names in os.walk(directory) for name in names)

"""The native code of a project, each file read once for all targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sealift.addons import messages
from sealift.addons.apply_changes import Addition, files_of
from sealift.addons.builds import Builds, choose_builds
from sealift.addons.installed_packages import InstalledPackage, InstalledPackages
from sealift.addons.native_files import Compatibility, NativeFiles
from sealift.addons.native_signs import is_addon, is_library
from sealift.addons.optionality import Optionality
from sealift.addons.target_changes import TargetChanges
from sealift.findings import Severity
from sealift.model import Project, ProjectFile
from sealift.project import Disclosure


class NativeCode:
    """The packages of a project and their native files.

    Attributes:
        project: as it was read.
        packages: its packages.
        by_package: addons, and libraries that they may load, by the location of their package (""
            for files outside every package). Libraries of the project itself are not listed: they
            may be meant for other machines.
        optionality: whether the program can run without an addon.
    """

    def __init__(self, project: Project, disclosure: Disclosure) -> None:
        """Find packages and native files.

        Args:
            project: as it was read.
            disclosure: decides whether the source of fetched packages may ship.
        """
        self.project = project
        self.packages = InstalledPackages(project)
        self.optionality = Optionality(project, self.packages)
        self.by_package = dict(self._find())
        self._disclosure = disclosure
        self._loaded: set[str] | None = None
        self._files = NativeFiles()
        self._added_files: dict[Addition, list[ProjectFile]] = {}

    def _find(self) -> Iterator[tuple[str, list[ProjectFile]]]:
        found: dict[str, list[ProjectFile]] = {}
        for file in self.project.files:
            in_package = "node_modules/" in file.location
            if is_addon(file) or (in_package and is_library(file)):
                owner = self.packages.owner(file.location)
                location = owner.location if owner is not None else ""
                found.setdefault(location, []).append(file)
        for location, files in found.items():
            if any(map(is_addon, files)) or self.package(location).platforms:
                yield location, files

    def package(self, location: str) -> InstalledPackage:
        """Return the package at a location; the project itself where there is none."""
        found = self.packages.by_location.get(location)
        if found is not None:
            return found
        return InstalledPackage(location, self.project.root, {"name": self.project.name})

    def compatibility(self, file: ProjectFile, changes: TargetChanges) -> Compatibility:
        """Compare a native file with a target."""
        return self._files.compatibility(file.source, changes.platform, changes.binary)

    def builds(
        self,
        location: str,
        files: Sequence[ProjectFile],
        changes: TargetChanges,
        required: Iterable[str] = (),
    ) -> Builds:
        """Choose among the native files of the package at a location; see `choose_builds`."""
        return choose_builds(
            location,
            files,
            changes.platform,
            self.module_version(changes),
            {file.location: self.compatibility(file, changes) for file in files},
            required,
        )

    def excuse(self, package: InstalledPackage, *, has_platform_packages: bool = False) -> str:
        """Return why a package may lack its addon, a sentence; "" if the program needs it.

        See `Optionality.is_optional`.
        """
        optionality = self.optionality
        if optionality.is_optional(package, has_platform_packages=has_platform_packages):
            return messages.HANDLED
        return "" if self._is_loaded(package) else messages.UNUSED

    def _is_loaded(self, package: InstalledPackage) -> bool:
        """Return True if code is known to load a file of a package."""
        if "node_modules/" not in package.location:
            return True
        if self._loaded is None:
            owners = (
                self.packages.owner(file.location)
                for file in self.project.files
                if not file.included
            )
            self._loaded = {owner.location for owner in owners if owner is not None}
        return package.location in self._loaded

    def report_cautions(self, files: Iterable[ProjectFile], changes: TargetChanges) -> None:
        """Report the files of a target that some of its systems cannot load, once a package."""
        found: dict[tuple[str, str], list[ProjectFile]] = {}
        for file in files:
            if caution := self.compatibility(file, changes).caution:
                found.setdefault((file.package, caution), []).append(file)
        for (package, caution), concerned in found.items():
            name = concerned[0].location.rpartition("/")[2]
            more = f" (and {len(concerned) - 1} more)" if len(concerned) > 1 else ""
            changes.report(
                messages.NEEDS_NEWER.finding(
                    Severity.WARNING,
                    file=self.project.display_path(concerned[0]),
                    platform=changes.platform,
                    name=name + more,
                    package=package,
                    reason=caution,
                )
            )

    def is_for(self, path: Path, platform: str, arch: str) -> bool:
        """Return True if a file is native code for a platform."""
        return self._files.is_for(path, platform, arch)

    def module_version(self, changes: TargetChanges) -> int:
        """Return ``NODE_MODULE_VERSION`` of the target's Node."""
        return self._files.surroundings(changes.platform, changes.binary).module_version

    def files_of(self, addition: Addition) -> list[ProjectFile]:
        """Return the files that an addition adds."""
        if addition not in self._added_files:
            self._added_files[addition] = files_of(addition, self._disclosure)
        return self._added_files[addition]

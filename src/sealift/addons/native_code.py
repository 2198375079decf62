"""The native code of a project, each file read once for all targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sealift.addons import messages
from sealift.addons.apply_changes import Addition, files_of
from sealift.addons.builds import Builds, choose_builds
from sealift.addons.display_path import display_path
from sealift.addons.installed_packages import InstalledPackage, InstalledPackages
from sealift.addons.native_files import Compatibility, NativeFiles, is_addon, is_library
from sealift.addons.optionality import Optionality
from sealift.addons.target_choice import TargetChoice
from sealift.findings import Severity
from sealift.model import Project, ProjectFile


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

    def __init__(self, project: Project, is_public: Callable[[dict[str, Any]], bool]) -> None:
        """Find packages and native files.

        Args:
            project: as it was read.
            is_public: returns True for the package.json of a package whose source may ship.
        """
        self.project = project
        self.packages = InstalledPackages(project)
        self.optionality = Optionality(project, self.packages)
        self.by_package = dict(self._find())
        self._is_public = is_public
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

    def compatibility(self, file: ProjectFile, choice: TargetChoice) -> Compatibility:
        """Compare a native file with a target."""
        return self._files.compatibility(file.source, choice.platform, choice.binary)

    def builds(
        self,
        location: str,
        files: Sequence[ProjectFile],
        choice: TargetChoice,
        required: Iterable[str] = (),
    ) -> Builds:
        """Choose among the native files of the package at a location; see `choose_builds`."""
        return choose_builds(
            location,
            files,
            choice.platform,
            self.module_version(choice),
            {file.location: self.compatibility(file, choice) for file in files},
            required,
        )

    def report_cautions(self, files: Iterable[ProjectFile], choice: TargetChoice) -> None:
        """Report the files of a target that some of its systems cannot load."""
        for file in files:
            if caution := self.compatibility(file, choice).caution:
                choice.report(
                    messages.NEEDS_NEWER.finding(
                        Severity.WARNING,
                        file=display_path(self.project, file),
                        platform=choice.platform,
                        name=file.location.rpartition("/")[2],
                        package=file.package,
                        reason=caution,
                    )
                )

    def is_for(self, path: Path, platform: str, arch: str) -> bool:
        """Return True if a file is native code for a platform."""
        return self._files.is_for(path, platform, arch)

    def module_version(self, choice: TargetChoice) -> int:
        """Return ``NODE_MODULE_VERSION`` of the target's Node."""
        return self._files.surroundings(choice.platform, choice.binary).module_version

    def files_of(self, addition: Addition) -> list[ProjectFile]:
        """Return the files that an addition adds."""
        if addition not in self._added_files:
            self._added_files[addition] = files_of(addition, self._is_public)
        return self._added_files[addition]

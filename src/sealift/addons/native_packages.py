"""What is known of a project's native code, and what is chosen for each target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sealift.addons.apply_changes import Addition, Change, files_of
from sealift.addons.builds import Builds, choose_builds
from sealift.addons.findings import Findings
from sealift.addons.installed import Installed, Packages
from sealift.addons.native_files import Inspection, Verdict, is_addon, is_library
from sealift.addons.optionality import Needs
from sealift.lockfiles import NpmPlatform, PackageVersion
from sealift.model import NodeBinary, Project, ProjectFile


@dataclass(slots=True)
class Choice:
    """One target's choice as it comes about; `Change` has the meaning of its parts."""

    machine: NpmPlatform
    binary: NodeBinary
    left_out: set[str] = field(default_factory=set)
    added: dict[str, tuple[Addition, PackageVersion | None]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)

    def change(self) -> Change:
        """Give what has been chosen."""
        return Change(
            frozenset(self.left_out),
            tuple(addition for _, (addition, _) in sorted(self.added.items())),
            frozenset(self.refused),
        )

    def leaves_out(self, location: str) -> bool:
        """Tell whether a file or directory is left out, or is in one that is."""
        while location:
            if location in self.left_out:
                return True
            location = location.rpartition("/")[0]
        return False


class Survey:
    """One project, each of its native files looked at once.

    Attributes:
        project: as it was read.
        packages: its packages.
        natives: addons, and libraries that they may load, by the location of the package that they
            are in ("": none). Libraries of the project itself may be there for other machines.
        needs: whether the program can do without.
        findings: what is to be told.
    """

    def __init__(
        self,
        project: Project,
        findings: Findings,
        is_public: Callable[[dict[str, Any]], bool],
    ) -> None:
        """Look for packages and native files.

        Args:
            project: as it was read.
            findings: added to.
            is_public: tells by a package.json whether the package's source may ship.
        """
        self.project = project
        self.findings = findings
        self.packages = Packages(project)
        self.needs = Needs(project, self.packages)
        self.natives = dict(self._find_natives())
        self._is_public = is_public
        self._inspection = Inspection()
        self._files: dict[Addition, list[ProjectFile]] = {}

    def _find_natives(self) -> Iterator[tuple[str, list[ProjectFile]]]:
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

    def package(self, location: str) -> Installed:
        """Give the package at a location; the project itself stands for what is in none."""
        found = self.packages.by_location.get(location)
        if found is not None:
            return found
        return Installed(location, self.project.root, {"name": self.project.name})

    def verdict(self, file: ProjectFile, choice: Choice) -> Verdict:
        """Tell whether a native file is for a target."""
        return self._inspection.verdict(file.source, choice.machine, choice.binary)

    def builds(
        self,
        location: str,
        files: Sequence[ProjectFile],
        choice: Choice,
        counted_on: Iterable[str] = (),
    ) -> Builds:
        """Choose among the native files of the package at a location, for a target."""
        return choose_builds(
            location,
            files,
            choice.machine,
            self._inspection.surroundings(choice.machine, choice.binary).module_version,
            {file.location: self.verdict(file, choice) for file in files},
            counted_on,
        )

    def warn(self, files: Iterable[ProjectFile], choice: Choice) -> None:
        """Tell which of the files that a target gets do not load everywhere."""
        for file in files:
            caution = self.verdict(file, choice).caution
            if caution:
                self.findings.caution(self.project, file, choice.machine, caution)

    def is_for(self, path: Path, platform: str, arch: str) -> bool:
        """Tell whether a file is native code for a machine."""
        return self._inspection.is_for(path, platform, arch)

    def module_version(self, choice: Choice) -> int:
        """Give ``NODE_MODULE_VERSION`` of a target's Node."""
        return self._inspection.surroundings(choice.machine, choice.binary).module_version

    def files_of(self, addition: Addition) -> list[ProjectFile]:
        """Give the files that a fetched package puts in."""
        if addition not in self._files:
            self._files[addition] = files_of(addition, self._is_public)
        return self._files[addition]

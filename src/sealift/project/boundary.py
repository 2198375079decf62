"""Which files each package may take: the boundary that is checked where a file is added.

- The project takes what is below its root. The members of a workspace take what is below the
  workspace's root.
- Every other package takes the files in its own directory.
- Each of them takes the files of packages that it can resolve: those in the ``node_modules`` that
  Node searches for it, wherever symbolic links lead from there (the stores of pnpm and Yarn, linked
  packages).

What the settings name is no package's request, and is not checked here. All paths are real paths.
"""

from __future__ import annotations

import os

from msgspec import Struct

from sealift.project.filesystem import FileSystem
from sealift.project.package_json import Packages
from sealift.project.package_owners import Owner, Owners
from sealift.project.project_extent import contains, installed_names, is_installed, workspace_of
from sealift.project.specifiers import module_directories


class Asker(Struct, frozen=True):
    """Who asks for a file.

    Attributes:
        owner: the package.
        directory: of the file that names the other file.
        name: of the package that the specifier names, or "".
    """

    owner: Owner
    directory: str
    name: str = ""


class Boundary:
    """The boundary of one project.

    Attributes:
        base: the root of the workspace, or of the project.
    """

    __slots__ = ("_extents", "_filesystem", "_linked", "_owners", "_packages", "_root", "base")

    def __init__(
        self, filesystem: FileSystem, packages: Packages, owners: Owners, root: str
    ) -> None:
        self._filesystem = filesystem
        self._packages = packages
        self._owners = owners
        self._root = root
        self.base = workspace_of(filesystem, packages, root)
        self._extents = [self.base]
        # The directories that linked packages may take files from, by the package's own directory.
        self._linked: dict[str, str] = {}

    def allows(self, asker: Asker, path: str) -> bool:
        """Return True if ``asker`` may take the file or the directory at ``path``."""
        own = self._own_directories(asker)
        return any(contains(top, path) for top in own) or self._can_resolve(asker, path)

    def extend(self, directory: str) -> None:
        """Let the project take what is below ``directory`` too."""
        self._extents.append(directory)

    def is_of_project(self, owner: Owner) -> bool:
        """Return True for the project, and for the members of its workspace."""
        return owner.is_app or any(
            contains(top, owner.directory)
            and not is_installed(owner.directory[len(top) :] + os.sep)
            for top in self._extents
        )

    def _own_directories(self, asker: Asker) -> list[str]:
        """Return the directories whose files ``asker`` may take in any case."""
        if self.is_of_project(asker.owner):
            return self._extents
        own = asker.owner.directory
        if is_installed(own):
            return [own]
        for linked, extent in self._linked.items():
            if contains(linked, asker.directory):
                return [extent]
        if not self.is_above(own):
            return [own]
        return [] if asker.directory == own else [asker.directory]

    def is_above(self, directory: str) -> bool:
        """Return True if ``directory`` contains the project and more than its workspace.

        A package.json in a home directory does not make a package of everything in it.
        """
        return contains(directory, self.base) and directory != self.base

    def _can_resolve(self, asker: Asker, path: str) -> bool:
        names = {name: None for name in (asker.name, *installed_names(path)) if name}
        package = self._owners.of(path).package
        if package is not None and package.name:
            names[package.name] = None
        for modules in module_directories(asker.directory):
            if not self._filesystem.is_directory(modules):
                continue
            for name in names:
                place = os.path.join(modules, name)
                if self._filesystem.is_directory(place) and self._grants(asker, place, path):
                    return True
        return False

    def _grants(self, asker: Asker, place: str, path: str) -> bool:
        """Return True if ``path`` belongs to the package that is installed at ``place``."""
        try:
            real = self._filesystem.real_path(place).real
        except OSError:
            return False
        if not contains(real, path) or (contains(real, self._root) and real != self._root):
            return False
        trusted = self.is_of_project(asker.owner) or not is_installed(asker.owner.directory)
        if not trusted and not self._is_package(asker, place, real):
            return False
        if real not in self._linked and not is_installed(real) and not contains(self.base, real):
            # Only who installs packages links them; a linked package may be in a workspace.
            extent = workspace_of(self._filesystem, self._packages, real) if trusted else real
            self._linked[real] = extent
        return True

    def _is_package(self, asker: Asker, place: str, real: str) -> bool:
        """Return True if ``place`` leads an installed package to another one.

        A link inside the package's own directory was not made by a package manager.
        """
        if contains(asker.owner.directory, place) and not contains(self.base, real):
            return False
        if is_installed(real + os.sep):
            return True
        package = self._packages.at(real)
        return package is not None and package.name != ""

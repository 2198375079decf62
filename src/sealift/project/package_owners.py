"""The package that a file belongs to.

Below ``node_modules`` it is the installed package. Elsewhere it is the project itself, or (in a
workspace, or after ``npm link``) the nearest directory upwards whose package.json has a name.
"""

from __future__ import annotations

import os

from msgspec import Struct

from sealift.project.package_json import Package, Packages
from sealift.project.project_extent import contains

_STORE = ".store"
"""Where Yarn's linker ``pnpm`` has packages: ``node_modules/.store/NAME-npm-VERSION/package``."""


class Owner(Struct, frozen=True):
    """An installed package or the project: a real directory, and its package.json or None."""

    directory: str
    package: Package | None
    is_app: bool

    @property
    def label(self) -> str:
        """``name@version``, or the directory's name."""
        label = self.package.label if self.package is not None else ""
        return label or os.path.basename(self.directory)

    @property
    def name(self) -> str:
        """The name under which it is installed, or "" for a project without one."""
        _, separator, tail = self.directory.rpartition(os.sep + "node_modules" + os.sep)
        if separator:
            return tail.replace(os.sep, "/")
        return self.package.name if self.package is not None else ""

    def names(self, *keys: str) -> frozenset[str]:
        """Return the package names under the given keys of package.json."""
        if self.package is None:
            return frozenset()
        return frozenset(name for key in keys for name in self.package.names(key))

    def may_rely_on(self, name: str) -> bool:
        """Return True if the package may rely on the package ``name``; "" stands for a file.

        A package that an installed package uses without listing it may not be installed for its
        users: it is for an undocumented feature (``spdy`` in ``union``).
        """
        installed = os.sep + "node_modules" + os.sep in self.directory and not self.is_app
        return not installed or not name or name in self.names("dependencies", "peerDependencies")

    def may_lack(self, name: str) -> bool:
        """Return True if the package declares that it can run without the package ``name``."""
        if self.package is None:
            return False
        if name in self.package.names("optionalDependencies"):
            return True
        if name in self.package.optional_peers():
            return True
        # They are never installed for its users, so it cannot rely on them.
        return not self.is_app and self.develops_with(name)

    def develops_with(self, name: str) -> bool:
        """Return True if ``name`` is only a development dependency."""
        return name in self.names("devDependencies") and name not in self.names(
            "dependencies", "optionalDependencies", "peerDependencies"
        )


class Owners:
    """The owners of the files in one build."""

    __slots__ = ("_app", "_by_directory", "_larger", "_owners", "_packages")

    def __init__(self, packages: Packages, root: str, larger: Package | None = None) -> None:
        """Start with no owners.

        Args:
            packages: the package.json files.
            root: the project's directory.
            larger: the package.json of the larger whole that the project is a part of. Each
                directory of it is as much as an owner's own package.
        """
        self._packages = packages
        self._app = root
        self._larger = larger
        self._owners: dict[str, Owner] = {}
        self._by_directory: dict[str, Owner] = {}

    def app(self) -> Owner:
        """Return the project itself."""
        return self._owner(self._app)

    def of(self, path: str) -> Owner:
        """Return the owner of the file at the real path ``path``."""
        return self.of_directory(os.path.dirname(path))

    def of_directory(self, directory: str) -> Owner:
        """Return the owner of the files in ``directory``."""
        known = self._by_directory.get(directory)
        if known is None:
            known = self._owner(self._home(directory))
            self._by_directory[directory] = known
        return known

    def is_larger(self, package: Package) -> bool:
        """Return True for the package.json of the larger whole that the project is a part of."""
        return self._larger is not None and package.directory == self._larger.directory

    def _owner(self, directory: str) -> Owner:
        if directory not in self._owners:
            package = self._packages.at(directory)
            if package is None and self._larger is not None:
                inside = contains(self._larger.directory, directory)
                package = self._larger if inside else None
            self._owners[directory] = Owner(directory, package, directory == self._app)
        return self._owners[directory]

    def _home(self, directory: str) -> str:
        inside_app = contains(self._app, directory)
        head, separator, tail = directory.rpartition(os.sep + "node_modules" + os.sep)
        if separator and not (inside_app and len(self._app) > len(head)):
            names = tail.split(os.sep)
            if names[0] == _STORE:
                return self._named(directory)
            count = 2 if names[0].startswith("@") else 1
            return head + separator + os.sep.join(names[:count])
        if inside_app:
            return self._app
        return self._named(directory)

    def _named(self, directory: str) -> str:
        here = directory
        while True:
            package = self._packages.at(here)
            if package is not None and package.name:
                return directory if self.is_larger(package) else here
            parent, name = os.path.split(here)
            if parent == here or name == "node_modules":
                return directory
            here = parent

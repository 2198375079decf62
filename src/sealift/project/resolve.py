"""What specifiers resolve to, under the conditions of one kind of targets."""

from __future__ import annotations

import os
from collections.abc import Container

from sealift.model import ResolutionKind
from sealift.project.filesystem import FileSystem
from sealift.project.module_search import Resolved, Search
from sealift.project.package_exports import ResolutionError
from sealift.project.package_json import Packages
from sealift.project.specifiers import module_directories

MODULE_SYNC = "module-sync"
"""The condition of releases whose ``require`` loads ES modules."""

_SHARED = {"node", "node-addons"}
CONDITIONS = {
    ResolutionKind.REQUIRE: frozenset({"require", *_SHARED}),
    ResolutionKind.IMPORT: frozenset({"import", *_SHARED}),
}
"""Those that hold in every release of Node."""

BUILTIN = Resolved("")

Resolutions = dict[tuple[ResolutionKind, str, str], Resolved | ResolutionError]
"""What specifiers resolve to, by kind, specifier and directory."""


class Resolver:
    """Resolves specifiers over one view of the file system. Directories are real paths."""

    __slots__ = (
        "_conditions",
        "_filesystem",
        "_packages",
        "_resolutions",
        "depends_on_module_sync",
    )

    def __init__(
        self,
        filesystem: FileSystem,
        packages: Packages,
        conditions: frozenset[str] = frozenset({MODULE_SYNC}),
        resolutions: Resolutions | None = None,
    ) -> None:
        """Resolve with ``conditions`` besides those that hold in every release of Node.

        Args:
            filesystem, packages: the file system, and the package.json files in it.
            conditions: ``module-sync`` and the user's own.
            resolutions: cache, shared by resolvers whose conditions differ in ``module-sync`` only.
        """
        self._filesystem = filesystem
        self._packages = packages
        self._conditions = {kind: own | conditions for kind, own in CONDITIONS.items()}
        self._resolutions: Resolutions = {} if resolutions is None else resolutions
        self.depends_on_module_sync = False
        """Whether any resolution so far depended on the condition ``module-sync``."""

    def resolve(self, kind: ResolutionKind, specifier: str, directory: str) -> Resolved:
        """Return what ``specifier`` resolves to in a file of ``directory``.

        Raise `ResolutionError` where Node throws.
        """
        key = (kind, specifier, directory)
        resolution = self._resolutions.get(key)
        if resolution is None:
            conditions = _Conditions(self._conditions[kind])
            try:
                resolution = self._search(kind, specifier, directory, conditions)
            except ResolutionError as error:
                resolution = error.with_traceback(None)
            if conditions.asked_for_module_sync:
                self.depends_on_module_sync = True
            else:
                self._resolutions[key] = resolution
        if isinstance(resolution, ResolutionError):
            raise ResolutionError(resolution.code, str(resolution))
        return resolution

    def _search(
        self, kind: ResolutionKind, specifier: str, directory: str, conditions: Container[str]
    ) -> Resolved:
        search = Search(self._filesystem, self._packages, conditions)
        if kind is ResolutionKind.REQUIRE:
            found = search.require(specifier, directory)
        else:
            found = search.import_(specifier, directory)
        return BUILTIN if found == "" else search.finish(found)

    def package_directory(self, name: str, directory: str) -> str | None:
        """Return the directory of the package ``name`` that a file of ``directory`` loads."""
        for modules in module_directories(directory):
            candidate = os.path.join(modules, name)
            if self._filesystem.is_directory(candidate):
                return candidate
        return None


class _Conditions:
    """The conditions that hold; records whether ``module-sync`` was asked for."""

    __slots__ = ("_names", "asked_for_module_sync")

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self.asked_for_module_sync = False

    def __contains__(self, name: object) -> bool:
        if name == MODULE_SYNC:
            self.asked_for_module_sync = True
        return name in self._names

"""The members of the workspace whose root is the project: packages of their own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from sealift.errors import UsageError
from sealift.project.filesystem import FileSystem, PathKind
from sealift.project.globs import matcher
from sealift.project.needs import Need
from sealift.project.package_owners import Owner
from sealift.project.project_extent import contains
from sealift.project.trace import Trace
from sealift.tools.input_files import NotRegularError

_PNPM = "pnpm-workspace.yaml"
_MAX_PNPM = 1 << 16  # bytes
# The list `packages`, and its entries.
_PACKAGES = re.compile(r"^packages:[ \t]*\n((?:[ \t]*(?:-[^\n]*|#[^\n]*)?\n)+)", re.MULTILINE)
_ENTRY = re.compile(r"^[ \t]*-[ \t]*['\"]?([^'\"#\n]+?)['\"]?[ \t]*(?:#[^\n]*)?$", re.MULTILINE)

Keep = Callable[[str, str, PathKind], bool]


class UsedMembers:
    """Decides which members of a workspace are included with the whole project at its root.

    Attributes:
        left_out: the names of those that no code refers to. Code that names the directory of a
            member by a path includes that itself.
    """

    __slots__ = ("_is_member", "_keep", "_packages", "_used", "left_out")

    def __init__(self, trace: Trace, owner: Owner, keep: Keep) -> None:
        """Create the decision for the package ``owner``; ``keep`` decides everything else."""
        self._keep = keep
        self._packages = trace.packages
        self.left_out: list[str] = []
        self._is_member = _matcher(trace.filesystem, owner) if owner.is_app else None
        loaded = (file.path for file in trace.files.values() if file.need is not Need.INCLUDED)
        self._used = list(loaded) if self._is_member is not None else []

    def keep(self, directory: str, name: str, kind: PathKind) -> bool:
        """Return True if the project needs ``name`` in ``directory`` at run time."""
        path = os.path.join(directory, name)
        if kind is PathKind.DIRECTORY and self._is_member is not None and self._is_member(path):
            package = self._packages.at(path)
            if package is not None and not any(contains(path, file) for file in self._used):
                self.left_out.append(package.name or name)
                return False
        return self._keep(directory, name, kind)


def _matcher(filesystem: FileSystem, owner: Owner) -> Callable[[str], bool] | None:
    """Return a test for the directories that a package.json declares as members."""
    patterns = [pattern for pattern in _patterns(filesystem, owner) if not pattern.startswith("!")]
    if not patterns:
        return None
    try:
        return matcher(filesystem, owner.directory, patterns, "workspaces", in_directory=False)
    except UsageError:  # a pattern that exceeds a limit
        return None


def _patterns(filesystem: FileSystem, owner: Owner) -> list[str]:
    """Return the patterns of members, of npm and Yarn or of pnpm."""
    declared = owner.package.data.get("workspaces") if owner.package is not None else None
    if isinstance(declared, dict):
        declared = declared.get("packages")
    if isinstance(declared, list):
        return [pattern for pattern in declared if isinstance(pattern, str)]
    try:
        text = filesystem.read(os.path.join(owner.directory, _PNPM), _MAX_PNPM)
    except (OSError, NotRegularError):
        return []
    listed = _PACKAGES.search(text.decode("utf-8", "replace") + "\n")
    return _ENTRY.findall(listed[1]) if listed is not None else []

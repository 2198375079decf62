"""How far a project extends: the directories that its files may be in."""

from __future__ import annotations

import os

from sealift.project.filesystem import FileSystem, PathKind
from sealift.project.package_json import Packages


def contains(directory: str, path: str) -> bool:
    """Return True if ``path`` is ``directory`` or below it."""
    return path == directory or path.startswith(directory.rstrip(os.sep) + os.sep)


def project_base(filesystem: FileSystem, packages: Packages, root: str) -> str:
    """Return the directory of the workspace, the repository or the project around ``root``."""
    here = root
    home = os.path.realpath(os.path.expanduser("~"))
    while True:
        parent = os.path.dirname(here)
        if parent == here or here == home:  # a home under version control is not a workspace
            return root
        package = packages.at(here)
        if (package is not None and "workspaces" in package.data) or any(
            filesystem.kind(os.path.join(here, name)) is not PathKind.MISSING
            for name in (".git", "pnpm-workspace.yaml", "lerna.json", "yarn.lock", "rush.json")
        ):
            return here
        here = parent

"""How far a project extends: the directories that its files may be in."""

from __future__ import annotations

import os

from sealift.project.filesystem import FileSystem, PathKind
from sealift.project.package_json import Package, Packages


def contains(directory: str, path: str) -> bool:
    """Return True if ``path`` is ``directory`` or below it."""
    return path == directory or path.startswith(directory.rstrip(os.sep) + os.sep)


_OF_WORKSPACES = ("pnpm-workspace.yaml", "lerna.json", "rush.json", "nx.json", "turbo.json")


def is_larger(package: Package, entry: str, filesystem: FileSystem) -> bool:
    """Return True if a script's package.json is that of a larger whole: a workspace, or a home.

    Then the script is a project of its own, unless the package.json has settings for executables,
    names the script itself, or is in the script's directory.
    """
    top = package.directory
    if top == os.path.dirname(entry) or "pkg" in package.data or _names(package, entry):
        return False
    if top in (os.path.realpath(os.path.expanduser("~")), os.path.dirname(top)):
        return True
    return "workspaces" in package.data or any(
        filesystem.is_file(os.path.join(top, name)) for name in _OF_WORKSPACES
    )


def _names(package: Package, entry: str) -> bool:
    """Return True if a package.json names a script, as `main` or in `bin`."""
    declared = package.data.get("bin")
    names = [package.main, *(declared.values() if isinstance(declared, dict) else (declared,))]
    paths = {
        os.path.normpath(os.path.join(package.directory, name))
        for name in names
        if isinstance(name, str) and name
    }
    return entry in paths or os.path.splitext(entry)[0] in paths


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

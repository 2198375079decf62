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
    return is_workspace_root(package, filesystem)


def is_workspace_root(package: Package, filesystem: FileSystem) -> bool:
    """Return True if a package.json is that of a workspace, which has packages of its own."""
    return "workspaces" in package.data or any(
        filesystem.is_file(os.path.join(package.directory, name)) for name in _OF_WORKSPACES
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


_MARKS = (".git", "pnpm-workspace.yaml", "lerna.json", "yarn.lock", "rush.json")
_MODULES = "node_modules"


def workspace_of(filesystem: FileSystem, packages: Packages, directory: str) -> str:
    """Return the nearest directory upwards that is a workspace's root.

    Without one, return that of the package: the nearest with a package.json that has a name (others
    only say how Node treats a directory), or ``directory`` itself. The search ends at a home
    directory, which is not a workspace even under version control, and at ``node_modules``: an
    installed package is not part of the workspace that installed it.
    """
    here, named = directory, ""
    home = os.path.realpath(os.path.expanduser("~"))
    while True:
        parent, name = os.path.split(here)
        if parent == here or here == home or name == _MODULES:
            return named or directory
        package = packages.at(here)
        if not named and package is not None and package.name:
            named = here
        if (package is not None and "workspaces" in package.data) or any(
            filesystem.kind(os.path.join(here, mark)) is not PathKind.MISSING for mark in _MARKS
        ):
            return here
        here = parent


def is_installed(path: str) -> bool:
    """Return True if a package manager has put ``path`` below a directory ``node_modules``."""
    return os.sep + _MODULES + os.sep in path


def installed_names(path: str) -> list[str]:
    """Return the names of the packages around ``path``, by the directories ``node_modules``."""
    names = []
    parts = path.split(os.sep)
    for index, part in enumerate(parts[:-1]):
        if part == _MODULES:
            count = 2 if parts[index + 1].startswith("@") else 1
            names.append(os.sep.join(parts[index + 1 : index + 1 + count]))
    return names

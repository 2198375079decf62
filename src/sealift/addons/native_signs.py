"""What shows that a project may need native files; most projects have none of it."""

from __future__ import annotations

import re

from sealift.addons.installed_packages import InstalledPackage, InstalledPackages
from sealift.model import Project, ProjectFile, Role

LOADERS = frozenset(
    {
        "@mapbox/node-pre-gyp",
        "bindings",
        "node-gyp-build",
        "node-gyp-build-optional-packages",
        "node-pre-gyp",
        "pkg-prebuilds",
        "require-addon",
    }
)
"""Packages that load the addon in a given directory."""

_INSTALL_SCRIPTS = ("preinstall", "install", "postinstall")
_SUCCEEDING = ("exit 0", "true", ":")
_JOINS = re.compile(r"[&|;]")
_LIBRARY = re.compile(r".+\.(?:so(?:\.\d+)*|dylib|dll)", re.IGNORECASE)
_EXECUTABLE_BITS = 0o111


def may_need_native_files(project: Project) -> bool:
    """Return False if there is nothing to choose for any target.

    A project has native files, code that loads one, or a package that lists or installs some.
    """
    return any(map(_is_sign, project.files)) or any(
        package.dependencies("optionalDependencies") or has_install_script(package)
        for package in InstalledPackages(project)
    )


def is_addon(file: ProjectFile) -> bool:
    """Return True for a file that Node loads."""
    return file.role == Role.ADDON


def is_library(file: ProjectFile) -> bool:
    """Return True for a file that an addon may load."""
    name = file.location.rpartition("/")[2]
    return file.role == Role.ASSET and _LIBRARY.fullmatch(name) is not None


def may_be_program(file: ProjectFile) -> bool:
    """Return True for a file that is executable, by its permissions or by Windows' extension."""
    return file.role == Role.ASSET and (
        file.location.endswith(".exe") or bool(file.mode & _EXECUTABLE_BITS)
    )


def loads_addon(file: ProjectFile) -> bool:
    """Return True for a script that loads an addon by a package that finds it."""
    return any(resolution.specifier in LOADERS for resolution in file.resolutions)


def has_install_script(package: InstalledPackage) -> bool:
    """Return True if installing a package runs code of it."""
    return any(name in package.scripts for name in _INSTALL_SCRIPTS)


def ignores_failed_install(package: InstalledPackage) -> bool:
    """Return True if installing a package succeeds without its addon: ``node-gyp rebuild || true``.

    It is published so that it can be used on systems without a compiler.
    """
    _, alternative, last = package.install_script.rpartition("||")
    command = last.strip().removeprefix("(").removesuffix(")").strip()
    prints = command.split(maxsplit=1)[:1] == ["echo"] and not _JOINS.search(command)
    return bool(alternative) and (command in _SUCCEEDING or prints)


def _is_sign(file: ProjectFile) -> bool:
    return is_addon(file) or is_library(file) or loads_addon(file)

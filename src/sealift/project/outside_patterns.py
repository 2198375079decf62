"""Patterns of the settings that begin where the project takes nothing from."""

from __future__ import annotations

import os
from functools import partial

from sealift.errors import SealiftError
from sealift.project.manifest import Manifest


def outside_patterns(manifest: Manifest) -> list[SealiftError]:
    """Return the errors of a build for patterns that begin where the project takes nothing from."""
    # Imported here: only `sealift doctor` asks.
    from sealift.project.boundary import Asker, Boundary
    from sealift.project.filesystem import FileSystem
    from sealift.project.globs import find_files
    from sealift.project.package_json import Packages
    from sealift.project.package_owners import Owners
    from sealift.project.project_extent import is_installed

    filesystem = FileSystem()
    packages = Packages(filesystem)
    root = os.fspath(manifest.root)
    owners = Owners(packages, root, manifest.package if manifest.is_part else None)
    boundary = Boundary(filesystem, packages, owners, root)
    app = Asker(owners.app(), root)
    errors = []

    def may_enter(directory: str) -> bool:
        return boundary.allows(app, filesystem.resolved(directory))

    settings = manifest.settings
    find = partial(find_files, skip_outside=is_installed(root))
    for setting, patterns in (("pkg.scripts", settings.scripts), ("pkg.assets", settings.assets)):
        for pattern in patterns:
            try:
                next(find(filesystem, root, (pattern,), setting, may_enter), None)
            except SealiftError as error:
                errors.append(error)
    return errors

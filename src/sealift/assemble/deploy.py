"""Copy the files that must be beside the executables: pkg.deployFiles."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from sealift.assemble.messages import DEPLOY_REPLACES, DEPLOY_UNWRITABLE
from sealift.model import Observer
from sealift.options import BuildOptions
from sealift.target_build import TargetBuild
from sealift.tools.private_files import is_renamed, make, remove_file, temporary_name


def deploy(builds: Sequence[TargetBuild], options: BuildOptions, observer: Observer) -> None:
    """Copy the files that the projects' pkg.deployFiles name, if the options request it.

    Raises:
        UsageError: ``deploy-replaces``: one would replace an executable or a file of the project.
        OutputError: ``deploy-unwritable``: one cannot be copied.
    """
    if not options.deploy:
        return
    kept = {build.output for build in builds}
    kept |= {file.source for build in builds for file in build.project.files}
    copies = {
        build.output.parent / file.destination: file
        for build in builds
        for file in build.project.deploy_files
    }
    if copies:
        observer.stage("copying files beside the executables", len(copies))
    for destination, file in copies.items():
        if destination in kept:
            raise DEPLOY_REPLACES.error(path=destination, package=file.package)
        try:
            _copy(file.source, destination)
        except (OSError, shutil.Error) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise DEPLOY_UNWRITABLE.error(
                source=file.source, path=destination, reason=reason
            ) from error
        observer.advance(1)


def _copy(source: Path, destination: Path) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, destination, symlinks=True, dirs_exist_ok=True)
        return
    if destination.exists() and os.path.samefile(source, destination):  # noqa: PTH121
        return
    unfinished = destination.with_name(temporary_name(destination.name))
    try:
        make(unfinished, lambda: shutil.copy2(source, unfinished))
        unfinished.replace(destination)
        is_renamed(unfinished)
    finally:
        remove_file(unfinished)

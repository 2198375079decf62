"""The packaged files of a project, laid out in another directory."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from sealift.model import Project, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project

Compare = Callable[[Mapping[str, str]], str]


def write_files(files: Mapping[str, str], directory: Path) -> None:
    """Write files below a directory."""
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)


def read_files(files: Mapping[str, str], directory: Path) -> Project:
    """Write files and read the project of the script ``index.js`` among them."""
    write_files(files, directory)
    options = BuildOptions(directory / "index.js")
    return read_project(open_manifest(options), options, SilentObserver())


def lay_out(project: Project, directory: Path) -> Path:
    """Write the packaged files at their locations; answers the entry's path."""
    for file in project.files:
        place = directory / file.location
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file.source, place)
    for link in project.symlinks:
        place = directory / link.location
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(link.target)
    for name in project.directories:
        (directory / name).mkdir(parents=True, exist_ok=True)
    return directory / project.entry

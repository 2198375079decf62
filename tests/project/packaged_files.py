"""The packaged files of a project, laid out in another directory."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from sealift.model import Project

Compare = Callable[[Mapping[str, str]], str]


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

"""The sources that are compiled, and how they are named to people."""

from __future__ import annotations

import os
from pathlib import Path

from sealift.errors import ProjectError
from sealift.model import Project, ProjectFile, Role

SCRIPTS = (Role.COMMONJS, Role.MODULE)


def scripts_of(project: Project) -> list[ProjectFile]:
    """Give the files that can be compiled."""
    return [file for file in project.files if file.role in SCRIPTS]


def read_source(file: ProjectFile) -> bytes:
    """Read a script; it must still be the one that was scanned.

    Raises:
        ProjectError: it has changed since, or cannot be read.
    """
    try:
        with file.source.open("rb") as stream:
            source = stream.read()
            status = os.fstat(stream.fileno())
    except OSError as error:
        raise ProjectError(
            "file-unreadable",
            f"{file.source} cannot be read: {error.strerror}.",
            "Make it readable, or leave it out with pkg.ignore.",
        ) from error
    if (len(source), status.st_mtime_ns) != (file.size, file.mtime_ns):
        raise ProjectError(
            "file-changed",
            f"{file.source} changed while it was being packaged.",
            "Build again when nothing writes to the project any more.",
        )
    return source


def shown(project: Project, file: ProjectFile) -> str:
    """Name a file as the user would type it, or relative to the project."""
    for base in (Path.cwd(), project.root):
        if file.source.is_relative_to(base):
            return str(file.source.relative_to(base))
    return str(file.source)

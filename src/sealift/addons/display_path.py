"""Paths of packaged files as findings show them."""

from __future__ import annotations

from pathlib import Path

from sealift.model import Project, ProjectFile


def display_path(project: Project, file: ProjectFile) -> str:
    """Return a file's path as a user would type it, or relative to the project."""
    for base in (Path.cwd(), project.root):
        if file.source.is_relative_to(base):
            return str(file.source.relative_to(base))
    return str(file.source)

"""Projects that reach for what is not theirs: every foreign file holds the word FOREIGN."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sealift.findings import Finding
from sealift.model import Project, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project
from support.project_trees import plant

REQUIRES = "const fs = require('fs'), path = require('path'), cp = require('child_process');"
_REFUSALS = ("reference-outside", "link-left-out", "secret-left-out")


def read_hostile(directory: Path) -> Project:
    """Return the project in ``directory``, as `read_project` does."""
    options = BuildOptions(directory)
    return read_project(open_manifest(options), options, SilentObserver())


def read_with(source: str, files: Mapping[str, str], fields: str, top: Path) -> Project:
    """Return the project ``home/proj`` below ``top``.

    Args:
        source: of its entry point, after the declarations of ``fs``, ``path`` and ``cp``.
        files: its other files, by path.
        fields: of its package.json, each after a comma.
        top: directory to make it in.
    """
    tree = f'== home/proj/package.json\n{{"name": "proj", "bin": "index.js"{fields}}}\n'
    tree += "".join(f"== home/proj/{name}\n{text}\n" for name, text in files.items())
    plant(tree + f"== home/proj/index.js\n{REQUIRES}{source}\n", top)
    return read_hostile(top / "home/proj")


def foreign_files(project: Project) -> list[str]:
    """Return the locations of packaged files that hold the word FOREIGN."""
    return [file.location for file in project.files if b"FOREIGN" in file.source.read_bytes()]


def refusals(project: Project) -> list[Finding]:
    """Return the findings about files that may not be packaged."""
    return [finding for finding in project.findings if finding.code in _REFUSALS]

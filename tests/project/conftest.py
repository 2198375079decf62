"""Fixtures for tests of what is packaged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import rigs
from sealift.findings import Severity
from sealift.model import SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project

from .packaged_files import Compare, lay_out, write_files

RunNode = Callable[..., rigs.Completed]


@pytest.fixture
def compare(run_node: RunNode, tmp_path: Path) -> Compare:
    """Callable ``(files)``: what ``index.*`` prints, the same in the project and elsewhere."""

    def run(files: Mapping[str, str]) -> str:
        project = tmp_path / "project"
        write_files(files, project)
        entry = next(
            project / name
            for name in files
            if Path(name).stem == "index" and "node_modules" not in name
        )
        expected = run_node("24", str(entry), cwd=tmp_path)
        assert expected.code == 0, expected.stderr
        options = BuildOptions(entry)
        read = read_project(open_manifest(options), options, SilentObserver())
        assert [f for f in read.findings if f.severity is Severity.ERROR] == []
        place = lay_out(read, tmp_path / "elsewhere")
        project.rename(tmp_path / "moved-away")
        found = run_node("24", str(place), cwd=tmp_path)
        assert (found.stdout, found.code) == (expected.stdout, 0), found.stderr
        return found.stdout

    return run
